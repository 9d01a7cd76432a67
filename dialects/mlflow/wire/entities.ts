import type { Experiment, LoggedModel, Run } from '@millrace/experiment-tracking/contract'

const contextKey = 'mlflow.data.context'

type Texts = Readonly<Record<string, string>>

export const runStatuses = {
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
    status: runStatuses[run.status],
    start_time: run.startedAtMs ?? undefined,
    end_time: run.endedAtMs ?? undefined,
    artifact_uri: run.artifactRoot,
    lifecycle_stage: run.deleted ? 'deleted' : 'active',
    run_id: run.id,
  }
}

/** The logged models that a run took and made. */
export interface RunModels {
  readonly inputs: readonly { readonly model_id: string }[]
  readonly outputs: readonly { readonly model_id: string; readonly step: number }[]
}

/** A run with its data; its models where they were asked for. */
export function runMessage(run: Run, models?: RunModels) {
  const metrics = Object.entries(run.metrics).map(([key, value]) => {
    const { timestampMs = 0, step = 0 } = run.metricSummaries[key] ?? {}
    return { key, value, timestamp: timestampMs, step }
  })
  return {
    info: runInfo(run),
    data: {
      metrics: listed(metrics),
      params: pairList(run.params),
      tags: pairList({ ...run.tags, 'mlflow.runName': run.name }),
    },
    inputs: { dataset_inputs: listed(run.data.map(datasetInput)), model_inputs: listed(models?.inputs ?? []) },
    outputs: models === undefined ? undefined : { model_outputs: listed(models.outputs) },
  }
}

/** MLflow leaves empty lists out. */
function listed<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length === 0 ? undefined : list
}

/** Data of ours reads as a data set whose source is Millrace; a client's own reads as it was sent. */
export function datasetInput({ name, digest, context, versionId, details = {} }: Run['data'][number]) {
  const { tags, ...described } = details
  const source = versionId === null ? '' : JSON.stringify({ uri: `datasets:/${name}`, version_id: versionId })
  const contextTag = context === '' ? [] : [{ key: contextKey, value: context }]
  return {
    // What a client sent stays in its order.
    tags: Array.isArray(tags) ? withContext(tags, contextTag) : contextTag,
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

function withContext(tags: readonly unknown[], contextTag: readonly object[]): readonly unknown[] {
  const said = tags.some((tag) => typeof tag === 'object' && tag !== null && 'key' in tag && tag.key === contextKey)
  return said ? tags : [...contextTag, ...tags]
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
    data: {
      params: pairList(model.params),
      metrics: listed(
        model.metrics.map((metric) => ({
          key: metric.key,
          value: metric.value,
          timestamp: metric.timestampMs,
          step: metric.step,
          dataset_name: metric.datasetName ?? undefined,
          dataset_digest: metric.datasetDigest ?? undefined,
          model_id: model.id,
          run_id: metric.runId,
        })),
      ),
    },
  }
}
