import type { ModelVersion, RegisteredModel } from '@millrace/model-registry/contract'
import { pairList } from '../wire/entities.ts'

const states = {
  ready: 'READY',
  pending: 'PENDING_REGISTRATION',
  failed_registration: 'FAILED_REGISTRATION',
} as const

/** A registered model; `latest` holds its newest version of each stage. */
export function registeredModelMessage(model: RegisteredModel, latest: readonly ModelVersion[] = []) {
  const aliases = Object.entries(model.aliases).map(([alias, version]) => ({ alias, version: String(version) }))
  return {
    name: model.name,
    creation_timestamp: model.createdAtMs,
    last_updated_timestamp: model.updatedAtMs,
    description: model.description === '' ? undefined : model.description,
    latest_versions: latest.length === 0 ? undefined : latest.map((version) => versionMessage(version, false)),
    tags: pairList(model.spec.tags),
    aliases: aliases.length === 0 ? undefined : aliases,
  }
}

/** A version; MLflow names its aliases only where one version alone was asked for. */
export function versionMessage(version: ModelVersion, withAliases = true) {
  return {
    name: version.model,
    version: String(version.version),
    creation_timestamp: version.createdAtMs,
    last_updated_timestamp: version.updatedAtMs,
    current_stage: version.stage,
    description: version.description,
    source: version.source,
    run_id: version.runId ?? '',
    status: states[version.state],
    tags: pairList(version.tags),
    run_link: version.runLink,
    aliases: withAliases && version.aliases.length > 0 ? version.aliases : undefined,
  }
}
