import { endpoint, EpochMs, event, page, PageQuery, ref } from '@millrace/contract'
import { FilePath } from '@millrace/datasets/contract'
import { z } from 'zod'
import { problem } from './model/problems.ts'
import {
  Artifact,
  ArtifactEntry,
  ArtifactOwner,
  Experiment,
  ExperimentName,
  ExperimentSpec,
  ForeignData,
  Key,
  LoggedData,
  LoggedModel,
  MetricPoint,
  MetricValue,
  Run,
  RunCode,
  RunId,
  RunStatus,
  View,
} from './model/run.ts'

export { problem } from './model/problems.ts'
export * from './model/run.ts'

const read = 'experiment-tracking:read'
const write = 'experiment-tracking:write'
const onRun = (input: { id: string }) => ref('run', input.id)
const onExperiment = (input: { name: string }) => ref('experiment', input.name)
const RunIdInput = z.object({ id: RunId })
const Nothing = z.object({})

export const putExperiment = endpoint({
  name: 'experiment-tracking.put-experiment',
  method: 'PUT',
  path: '/experiments/{name}',
  summary: 'Makes or changes an experiment',
  needs: { permission: write, on: onExperiment },
  input: ExperimentSpec.extend({
    name: ExperimentName,
    artifactRoot: z.string().max(2000).optional(),
    /** Where the root is made when it is not given: this, a slash and the experiment's number. */
    artifactBase: z.string().max(2000).default('mlflow-artifacts:'),
    /** Refuse one that is there already, instead of changing it. */
    onlyNew: z.boolean().default(false),
  }),
  output: Experiment,
  problems: [problem['experiment-deleted'], problem['experiment-exists']],
})

export const readExperiment = endpoint({
  name: 'experiment-tracking.read-experiment',
  method: 'GET',
  path: '/experiments/{name}',
  summary: 'Reads an experiment by name, or by number as "#7"',
  needs: { permission: read, on: onExperiment },
  input: z.object({ name: ExperimentName }),
  output: Experiment,
  problems: [problem['experiment-not-found']],
})

export const searchExperiments = endpoint({
  name: 'experiment-tracking.list-experiments',
  method: 'GET',
  path: '/experiments',
  summary: 'Lists experiments, newest first unless ordered otherwise; filters by name, times and tags',
  needs: { permission: read },
  input: PageQuery.extend({
    limit: z.coerce.number().int().min(1).max(50_000).default(100),
    filter: z.string().max(10_000).default(''),
    orderBy: z.union([z.string(), z.array(z.string())]).default([]),
    view: View.default('active'),
  }),
  output: page(Experiment),
  problems: [problem['bad-filter']],
})

const changeExperiment = <const N extends string>(
  verb: N,
  path: string,
  method: 'POST' | 'DELETE' | 'PATCH',
  summary: string,
) =>
  ({
    name: `experiment-tracking.${verb}` as const,
    method,
    path,
    summary,
    needs: { permission: write, on: onExperiment },
  }) as const

export const renameExperiment = endpoint({
  ...changeExperiment('rename-experiment', '/experiments/{name}', 'PATCH', 'Renames an experiment'),
  input: z.object({ name: ExperimentName, newName: ExperimentName }),
  output: Experiment,
})
export const tagExperiment = endpoint({
  ...changeExperiment('tag-experiment', '/experiments/{name}/tags', 'POST', 'Sets tags; null removes one'),
  input: z.object({ name: ExperimentName, tags: z.record(Key, z.string().max(5000).nullable()) }),
  output: Experiment,
})
export const deleteExperiment = endpoint({
  ...changeExperiment(
    'delete-experiment',
    '/experiments/{name}',
    'DELETE',
    'Deletes an experiment and its runs; both can be restored',
  ),
  input: z.object({ name: ExperimentName }),
  output: Nothing,
})
export const restoreExperiment = endpoint({
  ...changeExperiment(
    'restore-experiment',
    '/experiments/{name}/restore',
    'POST',
    'Restores an experiment and the runs deleted with it',
  ),
  input: z.object({ name: ExperimentName }),
  output: Nothing,
})

export const createRun = endpoint({
  name: 'experiment-tracking.create-run',
  method: 'POST',
  path: '/runs',
  summary: 'Starts a run; makes the experiment when there is none of that name',
  needs: { permission: write, on: (input) => ref('experiment', input.experiment) },
  input: z.object({
    /** An experiment's name, or its number as `#7`. */
    experiment: ExperimentName,
    id: RunId.optional(),
    name: z.string().max(500).optional(),
    status: RunStatus.default('running'),
    startedAtMs: EpochMs.optional(),
    tags: z.record(Key, z.string().max(100_000)).default({}),
    params: z.record(Key, z.string().max(100_000)).default({}),
    code: RunCode.optional(),
    data: z.array(LoggedData).max(100).default([]),
    parentRunId: RunId.optional(),
  }),
  output: Run,
  problems: [problem['experiment-deleted'], problem['run-exists']],
  status: 201,
})

export const updateRun = endpoint({
  name: 'experiment-tracking.update-run',
  method: 'PATCH',
  path: '/runs/{id}',
  summary: 'Changes the status, name or end of a run',
  needs: { permission: write, on: onRun },
  input: RunIdInput.extend({
    status: RunStatus.optional(),
    name: z.string().min(1).max(500).optional(),
    endedAtMs: EpochMs.nullable().optional(),
  }),
  output: Run,
  problems: [problem['run-not-found'], problem['run-deleted']],
})

export const logRun = endpoint({
  name: 'experiment-tracking.log-run',
  method: 'POST',
  path: '/runs/{id}/log',
  summary: 'Logs metrics, params and tags, all or nothing; sent again it changes nothing',
  needs: { permission: write, on: onRun },
  input: RunIdInput.extend({
    metrics: z
      .array(z.object({ key: Key, value: MetricValue, step: z.int().default(0), timestampMs: EpochMs.optional() }))
      .max(20_000)
      .default([]),
    params: z.record(Key, z.string().max(100_000)).default({}),
    tags: z.record(Key, z.string().max(100_000)).default({}),
  }),
  output: Nothing,
  problems: [problem['run-not-found'], problem['run-deleted'], problem['param-changed']],
})

export const logInputs = endpoint({
  name: 'experiment-tracking.log-inputs',
  method: 'POST',
  path: '/runs/{id}/inputs',
  summary: 'Says which data a run used',
  needs: { permission: write, on: onRun },
  input: RunIdInput.extend({
    data: z.array(LoggedData).max(100).default([]),
    foreign: z.array(ForeignData).max(100).default([]),
  }),
  output: Nothing,
  problems: [problem['run-not-found'], problem['run-deleted']],
})

export const deleteTag = endpoint({
  name: 'experiment-tracking.delete-tag',
  method: 'DELETE',
  path: '/runs/{id}/tags/{key}',
  summary: 'Removes a tag of a run',
  needs: { permission: write, on: onRun },
  input: RunIdInput.extend({ key: Key }),
  output: Nothing,
  problems: [problem['tag-not-found']],
})

export const deleteRun = endpoint({
  name: 'experiment-tracking.delete-run',
  method: 'DELETE',
  path: '/runs/{id}',
  summary: 'Deletes a run that nothing holds; it can be restored',
  needs: { permission: write, on: onRun },
  input: RunIdInput,
  output: Nothing,
  problems: [problem['run-not-found']],
})
export const restoreRun = endpoint({
  name: 'experiment-tracking.restore-run',
  method: 'POST',
  path: '/runs/{id}/restore',
  summary: 'Restores a deleted run',
  needs: { permission: write, on: onRun },
  input: RunIdInput,
  output: Nothing,
  problems: [problem['run-not-found']],
})

export const readRun = endpoint({
  name: 'experiment-tracking.read-run',
  method: 'GET',
  path: '/runs/{id}',
  summary: 'Reads a run',
  needs: { permission: read, on: onRun },
  input: RunIdInput,
  output: Run,
  problems: [problem['run-not-found']],
})

export const searchRuns = endpoint({
  name: 'experiment-tracking.search-runs',
  method: 'POST',
  path: '/runs/search',
  summary:
    "Finds runs: metrics.loss < 0.2 and params.model = 'tree' and tags.team = 'a'; newest first unless ordered otherwise",
  needs: { permission: read },
  input: z.object({
    /** Names, or numbers as `#7`; left out: all experiments. */
    experiments: z.array(ExperimentName).max(1000).optional(),
    filter: z.string().max(20_000).default(''),
    /** Such as `metrics.loss ASC`. Runs without the value come last in both directions. */
    orderBy: z.array(z.string().max(600)).max(20).default([]),
    view: View.default('active'),
    limit: z.int().min(1).max(50_000).default(100),
    pageToken: z.string().max(1024).optional(),
  }),
  output: page(Run),
  problems: [problem['bad-filter']],
})

export const readMetricHistory = endpoint({
  name: 'experiment-tracking.read-metric-history',
  method: 'GET',
  path: '/runs/{id}/metrics/{key}',
  summary: 'Reads the points of a metric, by step or by time',
  needs: { permission: read, on: onRun },
  input: RunIdInput.extend({
    key: Key,
    order: z.enum(['step', 'time']).default('step'),
    limit: z.coerce.number().int().min(1).max(1_000_000).default(25_000),
    pageToken: z.string().max(1024).optional(),
  }),
  output: z.object({ points: z.array(MetricPoint), total: z.int(), nextPageToken: z.string().optional() }),
  problems: [problem['run-not-found']],
})

export const listArtifacts = endpoint({
  name: 'experiment-tracking.list-artifacts',
  method: 'GET',
  path: '/runs/{id}/artifacts',
  summary: 'Lists a folder of a run’s artifacts',
  needs: { permission: read, on: (input) => ref(input.owner, input.id) },
  input: RunIdInput.extend({
    path: z.string().max(900).default(''),
    owner: ArtifactOwner.default('run'),
    /** Every file below, instead of one level. */
    recursive: z.stringbool().or(z.boolean()).default(false),
  }),
  output: z.object({ items: z.array(ArtifactEntry) }),
})

/** Reads the manifest entry of one artifact, with its key in the object store. For other domains; not an address. */
export const findArtifact = endpoint({
  name: 'experiment-tracking.find-artifact',
  method: 'GET',
  path: '/run-artifacts/{id}',
  summary: 'Finds one artifact',
  needs: { permission: read, on: (input) => ref(input.owner, input.id) },
  input: RunIdInput.extend({ path: FilePath, owner: ArtifactOwner.default('run') }),
  output: Artifact.extend({ key: z.string() }),
  problems: [problem['artifact-not-found']],
})

/** Not an address: the check before an upload's bytes are written. */
export const prepareArtifact = endpoint({
  name: 'experiment-tracking.prepare-artifact',
  method: 'POST',
  path: '/prepared-artifacts/{id}',
  summary: 'Checks that an artifact may be written',
  needs: { permission: write, on: (input) => ref(input.owner, input.id) },
  input: RunIdInput.extend({ path: FilePath, owner: ArtifactOwner }),
  output: z.object({ experimentId: z.string() }),
  problems: [problem['run-not-found'], problem['run-deleted']],
})

/** Not an address: the transaction at the end of an upload, whose bytes are stored already. */
export const recordArtifact = endpoint({
  name: 'experiment-tracking.record-artifact',
  method: 'PUT',
  path: '/recorded-artifacts/{id}',
  summary: 'Records a stored artifact',
  needs: { permission: write, on: (input) => ref(input.owner, input.id) },
  input: Artifact.extend({ id: RunId, owner: ArtifactOwner }),
  output: Artifact,
  problems: [problem['run-not-found'], problem['run-deleted']],
})

const RunEvent = z.object({ id: z.string(), experiment: z.string(), name: z.string() })
export const runCreated = event('experiment-tracking.run.created', RunEvent)
export const runFinished = event('experiment-tracking.run.finished', RunEvent.extend({ status: RunStatus }))
export const runDeleted = event('experiment-tracking.run.deleted', RunEvent)
export const runRestored = event('experiment-tracking.run.restored', RunEvent)
const ExperimentEvent = z.object({ id: z.string(), name: z.string() })
export const experimentCreated = event('experiment-tracking.experiment.created', ExperimentEvent)
export const experimentDeleted = event('experiment-tracking.experiment.deleted', ExperimentEvent)

const ModelValues = z.record(Key, z.string().max(100_000))

export const createLoggedModel = endpoint({
  name: 'experiment-tracking.create-logged-model',
  method: 'POST',
  path: '/logged-models',
  summary: 'Starts a logged model: a folder of artifacts that can be registered',
  needs: { permission: write, on: (input) => ref('experiment', input.experiment) },
  input: z.object({
    experiment: ExperimentName,
    id: RunId.optional(),
    name: z.string().max(500).optional(),
    runId: RunId.optional(),
    type: z.string().max(500).default(''),
    params: ModelValues.default({}),
    tags: ModelValues.default({}),
  }),
  output: LoggedModel,
  status: 201,
})

export const updateLoggedModel = endpoint({
  name: 'experiment-tracking.update-logged-model',
  method: 'PATCH',
  path: '/logged-models/{id}',
  summary: 'Changes status, params and tags of a logged model; a null tag is removed',
  needs: { permission: write, on: (input) => ref('logged-model', input.id) },
  input: RunIdInput.extend({
    status: LoggedModel.shape.status.optional(),
    params: ModelValues.default({}),
    tags: z.record(Key, z.string().max(100_000).nullable()).default({}),
  }),
  output: LoggedModel,
  problems: [problem['model-not-found']],
})

export const readLoggedModel = endpoint({
  name: 'experiment-tracking.read-logged-model',
  method: 'GET',
  path: '/logged-models/{id}',
  summary: 'Reads a logged model',
  needs: { permission: read, on: (input) => ref('logged-model', input.id) },
  input: RunIdInput,
  output: LoggedModel,
  problems: [problem['model-not-found']],
})

export const listLoggedModels = endpoint({
  name: 'experiment-tracking.list-logged-models',
  method: 'GET',
  path: '/logged-models',
  summary: 'Lists logged models, newest first',
  needs: { permission: read },
  input: PageQuery.extend({
    experiments: z.array(z.string()).max(1000).default([]),
    runId: z.string().optional(),
    name: z.string().optional(),
  }),
  output: page(LoggedModel),
})
