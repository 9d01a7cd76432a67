import { Done, endpoint, EpochMs } from '@millrace/contract'
import { z } from 'zod'
import { LoggedModel, LoggedModelMetric } from './logged-model.ts'
import { Experiment, ExperimentName, ForeignData, Key, Run, RunId } from './run.ts'
import { MetricSeries } from './series/metric-series.ts'

const needs = { permission: 'experiment-tracking:administer' } as const
const Texts = z.record(Key, z.string())
/** Where things came from: the same text whenever the same place is read again. */
const Source = z.string().min(1).max(1000)
const Kind = z.string().regex(/^[a-z][a-z-]{0,39}$/, 'is not a kind of thing')
const SourceId = z.string().min(1).max(500)
/** What the thing looked like at its source; a thing that looks the same is not taken again. Empty: not whole yet. */
const State = z.string().max(200)

/** A list that names nothing twice. */
function eachOnce<T>(list: z.ZodType<T[]>, idOf: (item: T) => string) {
  return list.refine((items) => new Set(items.map(idOf)).size === items.length, 'names one of them twice')
}

/** What became of a thing: made, brought to what its source says now, left as it was, or refused since its id is another's. */
export const ImportOutcome = z.enum(['made', 'changed', 'same', 'taken'])
export type ImportOutcome = z.infer<typeof ImportOutcome>

export const importExperiment = endpoint({
  name: 'experiment-tracking.import-experiment',
  method: 'POST',
  path: '/imports/experiments',
  summary: 'Takes an experiment from another system; its number and name are kept where they are free',
  needs,
  input: z.object({
    source: Source,
    sourceId: SourceId,
    name: ExperimentName,
    tags: Texts.default({}),
    /** Left out: this server's own store. */
    artifactRoot: z.string().max(2000).optional(),
    createdAtMs: EpochMs,
    updatedAtMs: EpochMs,
    deletedAtMs: EpochMs.nullable().default(null),
  }),
  output: z.object({ experiment: Experiment, outcome: ImportOutcome }),
})

export const ImportedRun = z.object({
  id: RunId,
  experiment: z.int(),
  name: z.string().max(500),
  status: Run.shape.status,
  startedAtMs: EpochMs.nullable(),
  endedAtMs: EpochMs.nullable(),
  createdBy: z.string().max(500),
  createdAtMs: EpochMs,
  parentRunId: z.string().max(128).nullable().default(null),
  deletedAtMs: EpochMs.nullable().default(null),
  params: Texts.default({}),
  tags: Texts.default({}),
  metrics: MetricSeries,
  data: z.array(ForeignData).max(1000).default([]),
  models: z
    .object({ inputs: z.array(RunId), outputs: z.array(z.object({ modelId: RunId, step: z.int() })) })
    .default({ inputs: [], outputs: [] }),
  state: State,
})
export type ImportedRun = z.output<typeof ImportedRun>

export const importRuns = endpoint({
  name: 'experiment-tracking.import-runs',
  method: 'POST',
  path: '/imports/runs',
  summary: 'Takes runs from another system with their ids and times, all or nothing; sent again they change nothing',
  needs,
  input: z.object({ source: Source, runs: eachOnce(z.array(ImportedRun).max(1000), (run) => run.id) }),
  output: z.object({ items: z.array(z.object({ id: z.string(), outcome: ImportOutcome })) }),
})

export const ImportedModel = LoggedModel.omit({
  experimentId: true,
  metrics: true,
  deleted: true,
  artifactRoot: true,
}).extend({
  experiment: z.int(),
  deletedAtMs: EpochMs.nullable().default(null),
  metrics: z.array(LoggedModelMetric).max(100_000).default([]),
  state: State,
})
export type ImportedModel = z.output<typeof ImportedModel>

export const importLoggedModels = endpoint({
  name: 'experiment-tracking.import-logged-models',
  method: 'POST',
  path: '/imports/logged-models',
  summary: 'Takes logged models from another system with their ids and times; sent again they change nothing',
  needs,
  input: z.object({ source: Source, models: eachOnce(z.array(ImportedModel).max(1000), (model) => model.id) }),
  output: z.object({ items: z.array(z.object({ id: z.string(), outcome: ImportOutcome })) }),
})

const ImportRecord = z.object({ sourceId: SourceId, ownId: z.string().max(500), state: State })

export const readImports = endpoint({
  name: 'experiment-tracking.read-imports',
  method: 'GET',
  path: '/imports',
  summary: 'Lists what was taken from a source, by its id there',
  needs,
  input: z.object({
    source: Source,
    kind: Kind,
    /** Only the one with this id. */
    id: SourceId.optional(),
    /** Only those behind this id. */
    after: z.string().max(500).default(''),
    limit: z.coerce.number().int().min(1).max(10_000).default(1000),
  }),
  output: z.object({ items: z.array(ImportRecord) }),
})

export const recordImports = endpoint({
  name: 'experiment-tracking.record-imports',
  method: 'POST',
  path: '/imports/records',
  summary: 'Notes what was taken from a source by other means: artifacts, traces',
  needs,
  input: z.object({
    source: Source,
    kind: Kind,
    items: eachOnce(z.array(ImportRecord).max(1000), (item) => item.sourceId),
  }),
  output: Done,
})
