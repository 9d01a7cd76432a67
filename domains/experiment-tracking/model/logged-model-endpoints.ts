import { EpochMs, endpoint, page, PageQuery, ref } from '@millrace/contract'
import { z } from 'zod'
import { LoggedModel, LoggedModelOrder } from './logged-model.ts'
import { problem } from './problems.ts'
import { ExperimentName, Key, MetricValue, RunId } from './run.ts'

const read = 'experiment-tracking:read'
const write = 'experiment-tracking:write'
const onModel = (input: { id: string }) => ref('logged-model', input.id)
const onRun = (input: { id: string }) => ref('run', input.id)
const IdInput = z.object({ id: RunId })
const Nothing = z.object({})
const Values = z.record(Key, z.string().max(100_000))

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
    params: Values.default({}),
    tags: Values.default({}),
  }),
  output: LoggedModel,
  status: 201,
})

export const updateLoggedModel = endpoint({
  name: 'experiment-tracking.update-logged-model',
  method: 'PATCH',
  path: '/logged-models/{id}',
  summary: 'Changes status, params and tags of a logged model; a null tag is removed',
  needs: { permission: write, on: onModel },
  input: IdInput.extend({
    status: LoggedModel.shape.status.optional(),
    params: Values.default({}),
    tags: z.record(Key, z.string().max(100_000).nullable()).default({}),
  }),
  output: LoggedModel,
  problems: [problem['model-not-found'], problem['tag-not-found']],
})

export const deleteLoggedModel = endpoint({
  name: 'experiment-tracking.delete-logged-model',
  method: 'DELETE',
  path: '/logged-models/{id}',
  summary: 'Deletes a logged model that nothing holds',
  needs: { permission: write, on: onModel },
  input: IdInput,
  output: Nothing,
  problems: [problem['model-not-found']],
})

export const readLoggedModel = endpoint({
  name: 'experiment-tracking.read-logged-model',
  method: 'GET',
  path: '/logged-models/{id}',
  summary: 'Reads a logged model',
  needs: { permission: read, on: onModel },
  input: IdInput.extend({
    /** Also one that is deleted. */
    withDeleted: z.stringbool().or(z.boolean()).default(false),
  }),
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

export const searchLoggedModels = endpoint({
  name: 'experiment-tracking.search-logged-models',
  method: 'POST',
  path: '/logged-models/search',
  summary: "Finds logged models: metrics.loss < 0.2 AND params.model = 'tree'; newest first unless ordered otherwise",
  needs: { permission: read },
  input: z.object({
    /** Names, or numbers as `#7`. */
    experiments: z.array(ExperimentName).max(1000),
    filter: z.string().max(20_000).default(''),
    /** Metric conditions count only what was measured on one of these; without such conditions, models measured on one. */
    datasets: z
      .array(z.object({ name: z.string().min(1).max(500), digest: z.string().max(255).optional() }))
      .max(100)
      .default([]),
    orderBy: z.array(LoggedModelOrder).max(20).default([]),
    limit: z.int().min(1).max(50_000).default(100),
    pageToken: z.string().max(1024).optional(),
  }),
  output: page(LoggedModel),
  problems: [problem['bad-filter']],
})

export const logModelMetrics = endpoint({
  name: 'experiment-tracking.log-model-metrics',
  method: 'POST',
  path: '/runs/{id}/model-metrics',
  summary: 'Logs metrics that a run measured for logged models; sent again they change nothing',
  needs: { permission: write, on: onRun },
  input: IdInput.extend({
    metrics: z
      .array(
        z.object({
          modelId: RunId,
          key: Key,
          value: MetricValue,
          step: z.int().default(0),
          timestampMs: EpochMs,
          datasetName: z.string().max(500).optional(),
          datasetDigest: z.string().max(255).optional(),
        }),
      )
      .max(20_000),
  }),
  output: Nothing,
  problems: [problem['run-not-found'], problem['run-deleted'], problem['model-not-found']],
})

const ModelLinks = z.object({
  /** Models that the run took. */
  inputs: z.array(RunId),
  /** Models that it made, each with the step it stood at. */
  outputs: z.array(z.object({ modelId: RunId, step: z.int() })),
})

export const linkModels = endpoint({
  name: 'experiment-tracking.link-models',
  method: 'POST',
  path: '/runs/{id}/models',
  summary: 'Says which logged models a run took and made',
  needs: { permission: write, on: onRun },
  input: IdInput.extend({
    inputs: z.array(RunId).max(1000).default([]),
    outputs: z
      .array(z.object({ modelId: RunId, step: z.int().default(0) }))
      .max(1000)
      .default([]),
  }),
  output: Nothing,
  problems: [problem['run-not-found'], problem['run-deleted']],
})

export const readModelLinks = endpoint({
  name: 'experiment-tracking.read-model-links',
  method: 'GET',
  path: '/runs/{id}/models',
  summary: 'Reads which logged models a run took and made',
  needs: { permission: read, on: onRun },
  input: IdInput,
  output: ModelLinks,
  problems: [problem['run-not-found']],
})
