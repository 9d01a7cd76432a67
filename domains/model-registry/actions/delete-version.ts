import type { DomainEvent } from '@millrace/contract'
import { ref } from '@millrace/contract'
import type { Holds, ActionContext } from '@millrace/kernel'
import { artifactRef, listArtifacts } from '@millrace/experiment-tracking'
import * as contract from '../contract.ts'
import type { RegistryStore } from '../store/registry.ts'
import { action } from '../store/registry.ts'
import { moveTo } from './aliases.ts'
import { findModel, findVersion } from './find-model.ts'
import { recordChange } from './record-change.ts'

type Context = ActionContext<RegistryStore, unknown>

/**
 * Deletes a version with its evidence, and lets go of its run and files. Refused while an alias names it (unless its
 * aliases are to go, too), while something holds it (a deployment), or while a later domain vetoes
 * (`model-registry.delete-version`, and `move-alias` for its aliases).
 */
export const deleteVersion = action(contract.deleteVersion, async (context) => {
  const { store, input, nowMs } = context
  const version = await findVersion(store, input.id)
  if (version.aliases.length > 0 && !input.withAliases) {
    const aliases = version.aliases.map((alias) => `"${alias}"`).join(' and ')
    throw contract.problem['version-has-aliases']({ model: version.model, version: version.version, aliases })
  }
  const model = await findModel(store, version.model)
  const events = await removeVersion(context, version)
  await store.models.update(model.id, { updated_at_ms: nowMs })
  await recordChange(context, model.id, { kind: 'deleted', version: version.version, from: version.version })
  return { answer: {}, events, audit: { object: ref('model-version', version.id), before: version } }
})

/**
 * Takes a version away with its aliases and evidence, unless it is held or guarded; lets go of what it held itself.
 * Returns the events of it.
 */
export async function removeVersion(context: Context, version: contract.ModelVersion): Promise<DomainEvent[]> {
  const { store, actor, guard, holds } = context
  const events: DomainEvent[] = []
  for (const alias of version.aliases) {
    const model = await findModel(store, version.model)
    const reason = `version ${version.version} was deleted`
    const { fromVersionId } = await moveTo(context, model, { alias, to: undefined, reason })
    const { name, kind } = model
    events.push(contract.aliasMoved({ model: name, alias, versionId: null, fromVersionId, kind, version: null }))
  }
  await guard('model-registry.delete-version', {
    versionId: version.id,
    model: version.model,
    version: version.version,
    actor,
  })
  await holds.refuseIfHeld(ref('model-version', version.id))
  await releaseFiles(context, version)
  for (const evidence of await store.evidence.ofVersion(version.id, Number.MAX_SAFE_INTEGER - 1, undefined)) {
    await releaseEvidence(holds, evidence)
    await store.evidence.remove(evidence.id)
  }
  await store.versions.remove(version.id)
  return [...events, contract.versionDeleted({ id: version.id, model: version.model, version: version.version })]
}

async function releaseFiles(
  { ask, holds }: Pick<Context, 'ask' | 'holds'>,
  version: contract.ModelVersion,
): Promise<void> {
  const self = ref('model-version', version.id)
  if (version.runId !== null) await holds.release(ref('run', version.runId), self)
  if (version.derivedFrom !== null) await holds.release(ref('model-version', version.derivedFrom), self)
  const ownerId = version.loggedModelId ?? version.runId
  // A version without a digest stands on no files of ours.
  if (ownerId === null || version.digest === '') return
  const owner = { kind: version.loggedModelId === null ? ('run' as const) : ('logged-model' as const), id: ownerId }
  const { items } = await ask(listArtifacts, {
    id: owner.id,
    owner: owner.kind,
    path: version.artifactPath,
    recursive: true,
  })
  for (const { path } of items) await holds.release(artifactRef(owner, path), self)
  await holds.release(artifactRef(owner, version.artifactPath), self)
}

/** Lets go of the data that evidence was measured on. */
export async function releaseEvidence(holds: Holds, evidence: contract.Evidence): Promise<void> {
  if (evidence.datasetVersionId === null) return
  await holds.release(ref('dataset-version', evidence.datasetVersionId), ref('evidence', evidence.id))
}
