import type { Experiment, LoggedModel, Run } from '@millrace/experiment-tracking/contract'
import type { ModelVersion, RegisteredModel } from '@millrace/model-registry/contract'

type Texts = Readonly<Record<string, string>>

const statuses = {
  scheduled: 'SCHEDULED',
  running: 'RUNNING',
  finished: 'FINISHED',
  failed: 'FAILED',
  killed: 'KILLED',
} as const

/** `{key, value}` pairs; undefined where there are none, since MLflow leaves empty lists out. */
export function pairList(values: Texts): { key: string; value: string }[] | undefined {
  const entries = Object.entries(values)
  return entries.length === 0 ? undefined : entries.map(([key, value]) => ({ key, value }))
}

export function experimentMessage(experiment: Experiment) {
  return {
    experiment_id: experiment.id,
    name: experiment.name,
    artifact_location: experiment.artifactRoot,
    lifecycle_stage: experiment.deleted ? 'deleted' : 'active',
    last_update_time: experiment.updatedAtMs,
    creation_time: experiment.createdAtMs,
    tags: pairList(experiment.spec.tags),
  }
}

export function runInfo(run: Run) {
  return {
    run_uuid: run.id,
    experiment_id: run.experimentId,
    run_name: run.name,
    user_id: run.tags['mlflow.user'] ?? run.createdBy,
    status: statuses[run.status],
    start_time: run.startedAtMs ?? undefined,
    end_time: run.endedAtMs ?? undefined,
    artifact_uri: run.artifactRoot,
    lifecycle_stage: run.deleted ? 'deleted' : 'active',
    run_id: run.id,
  }
}

/** A run with its data; `outputs` are the logged models it made, where they were asked for. */
export function runMessage(run: Run, outputs: readonly LoggedModel[] = []) {
  const metrics = Object.entries(run.metrics).map(([key, value]) => {
    const { timestampMs = 0, step = 0 } = run.metricSummaries[key] ?? {}
    return { key, value, timestamp: timestampMs, step }
  })
  const models = outputs.map((model) => ({ model_id: model.id, step: 0 }))
  return {
    info: runInfo(run),
    data: {
      metrics: metrics.length === 0 ? undefined : metrics,
      params: pairList(run.params),
      tags: pairList({ ...run.tags, 'mlflow.runName': run.name }),
    },
    inputs: { dataset_inputs: run.data.length === 0 ? undefined : run.data.map(datasetInput) },
    outputs: models.length === 0 ? undefined : { model_outputs: models },
  }
}

/** Data of ours reads as a data set whose source is Millrace; a client's own reads as it was sent. */
function datasetInput({ name, digest, context, versionId, details = {} }: Run['data'][number]) {
  const { tags, ...described } = details
  const source = versionId === null ? '' : JSON.stringify({ uri: `datasets:/${name}`, version_id: versionId })
  const contextTag = context === '' ? [] : [{ key: 'mlflow.data.context', value: context }]
  return {
    tags: Array.isArray(tags) ? contextTag.concat(tags) : contextTag,
    // MLflow's digests have at most 36 characters.
    dataset: {
      name,
      digest: digest.replace(/^sha256:/, '').slice(0, 36),
      source_type: versionId === null ? '' : 'millrace',
      source,
      ...described,
    },
  }
}

const modelStatuses = {
  pending: 'LOGGED_MODEL_PENDING',
  ready: 'LOGGED_MODEL_READY',
  failed: 'LOGGED_MODEL_UPLOAD_FAILED',
} as const

export function loggedModelMessage(model: LoggedModel) {
  return {
    info: {
      model_id: model.id,
      experiment_id: model.experimentId,
      name: model.name,
      creation_timestamp_ms: model.createdAtMs,
      last_updated_timestamp_ms: model.updatedAtMs,
      artifact_uri: model.artifactRoot,
      status: modelStatuses[model.status],
      model_type: model.type,
      source_run_id: model.runId ?? '',
      tags: pairList(model.tags),
    },
    data: { params: pairList(model.params) },
  }
}

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
    current_stage: 'None',
    description: version.description,
    source: sourceOf(version),
    run_id: version.runId ?? '',
    status:
      version.state === 'ready'
        ? 'READY'
        : version.state === 'pending'
          ? 'PENDING_REGISTRATION'
          : 'FAILED_REGISTRATION',
    tags: pairList(version.tags),
    run_link: '',
    aliases: withAliases && version.aliases.length > 0 ? version.aliases : undefined,
  }
}

/** Where MLflow's clients say a version came from. */
function sourceOf({ loggedModelId, runId, artifactPath }: ModelVersion): string {
  const path = artifactPath === '' ? '' : `/${artifactPath}`
  return loggedModelId === null ? `runs:/${runId ?? ''}${path}` : `models:/${loggedModelId}${path}`
}
