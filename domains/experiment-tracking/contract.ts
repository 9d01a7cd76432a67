import { endpoint, EpochMs, event, page, PageQuery, ref } from '@millrace/contract'
import { z } from 'zod'
import { problem } from './model/problems.ts'
import {
  Experiment,
  ExperimentName,
  ExperimentSpec,
  Key,
  LoggedData,
  Run,
  RunCode,
  RunId,
  RunStatus,
  View,
} from './model/run.ts'

export * from './artifacts/model/artifact-endpoints.ts'
export * from './artifacts/model/upload-endpoints.ts'
export { KeptUpload, Upload } from './artifacts/model/upload.ts'
export * from './model/metric-endpoints.ts'
export { problem } from './model/problems.ts'
export * from './model/import-endpoints.ts'
export * from './model/input-endpoints.ts'
export * from './model/logged-model-endpoints.ts'
export * from './model/logged-model.ts'
export * from './model/run.ts'
export * from './reproduction/model/differences.ts'
export * from './reproduction/model/provenance.ts'
export * from './reproduction/model/reproduction-endpoints.ts'
export * from './retention/model/retention-endpoints.ts'
export * from './retention/model/retention.ts'
export * from './search/model/search-endpoints.ts'

const read = 'experiment-tracking:read'
const write = 'experiment-tracking:write'
const onRun = (input: { id: string }) => ref('run', input.id)
const onExperiment = (input: { name: string }) => ref('experiment', input.name)
const RunIdInput = z.object({ id: RunId })
const Nothing = z.object({})
/** A run, and whether those that name it as their parent go with it. */
export const RunChange = RunIdInput.extend({ withChildren: z.stringbool().or(z.boolean()).default(false) })
export type RunChange = z.output<typeof RunChange>

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
  needs: { permission: read, on: () => ref('list', 'experiment') },
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
  input: RunChange,
  output: Nothing,
  problems: [problem['run-not-found']],
})
export const restoreRun = endpoint({
  name: 'experiment-tracking.restore-run',
  method: 'POST',
  path: '/runs/{id}/restore',
  summary: 'Restores a deleted run',
  needs: { permission: write, on: onRun },
  input: RunChange,
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

const RunEvent = z.object({ id: z.string(), experiment: z.string(), name: z.string() })
export const runCreated = event('experiment-tracking.run.created', RunEvent)
export const runFinished = event('experiment-tracking.run.finished', RunEvent.extend({ status: RunStatus }))
export const runDeleted = event('experiment-tracking.run.deleted', RunEvent)
export const runRestored = event('experiment-tracking.run.restored', RunEvent)
export const runPurged = event('experiment-tracking.run.purged', RunEvent)
const ExperimentEvent = z.object({ id: z.string(), name: z.string() })
export const experimentCreated = event('experiment-tracking.experiment.created', ExperimentEvent)
export const experimentDeleted = event('experiment-tracking.experiment.deleted', ExperimentEvent)
