import { Done, endpoint, EpochMs, event, id, Name, page, PageQuery, problems, ref } from '@millrace/contract'
import { CodeIdentity, JobAttempt, LogPage } from '@millrace/compute/contract'
import { z } from 'zod'
import { Graph, Kinds } from './model/graph-schema.ts'

const Json = z.json()
const Values = z.record(z.string(), Json)

export const Trigger = z.object({
  event: z.string().max(256),
  filter: Values.default({}),
  parameters: Values.default({}),
})

/** A pipeline as it is declared: where its module lies, which code that is, the graph it draws. */
export const PipelineSpec = z.object({
  module: z.string().min(1).max(4096),
  description: z.string().max(10_000).default(''),
  code: CodeIdentity,
  graph: Graph,
  parameters: Kinds.default({}),
  triggers: z.array(Trigger).max(100).default([]),
})
export type PipelineSpec = z.output<typeof PipelineSpec>

export const Pipeline = z.object({
  name: z.string(),
  description: z.string(),
  /** The number of its newest version. */
  version: z.int(),
  versionId: id('pipeline-version'),
  codeVersionId: z.string(),
  runs: z.int(),
  createdAtMs: EpochMs,
  updatedAtMs: EpochMs,
  spec: PipelineSpec,
})

export const PipelineVersion = z.object({
  id: id('pipeline-version'),
  pipeline: z.string(),
  number: z.int(),
  codeVersionId: z.string(),
  createdAtMs: EpochMs,
  createdBy: z.string(),
})

export const RunState = z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelled'])
export type RunState = z.infer<typeof RunState>
export const StepState = z.enum([
  'waiting',
  'ready',
  'running',
  'succeeded',
  'failed',
  'skipped',
  'cached',
  'cancelled',
  'upstream_failed',
])
export type StepState = z.infer<typeof StepState>

/** What started a run: a person, a schedule, an event of any kind. */
export const RunTrigger = z.object({
  kind: z.string().min(1).max(64),
  id: z.string().min(1).max(256),
  reason: z.string().max(2000).optional(),
})

export const StoredFile = z.object({ digest: z.string(), sizeBytes: z.int(), name: z.string() })
/** A step's output: a JSON value, or a file that the server keeps. */
export const OutputValue = z.union([z.object({ file: StoredFile }), z.object({ value: Json })])
export const OutputValues = z.record(z.string(), OutputValue)

export const StepAttempt = z.object({
  id: z.string(),
  number: z.int(),
  state: JobAttempt.shape.state,
  jobId: z.string(),
  startedAtMs: EpochMs.nullable(),
  endedAtMs: EpochMs.nullable(),
  reason: z.string().nullable(),
})

export const RunStep = z.object({
  id: z.string(),
  name: z.string(),
  state: StepState,
  after: z.array(z.string()),
  attempts: z.array(StepAttempt),
  cached: z.boolean(),
  /** Why an earlier result was taken, or why there was none to take. */
  cacheReason: z.string().nullable(),
  outputs: OutputValues.nullable(),
  progress: z.object({ fraction: z.number(), text: z.string() }).nullable(),
  reason: z.string().nullable(),
  startedAtMs: EpochMs.nullable(),
  endedAtMs: EpochMs.nullable(),
})

/** One run. A value among `outputs` is plain JSON; a file is `{ digest, sizeBytes, name }`. */
export const PipelineRun = z.object({
  id: id('pipeline-run'),
  pipeline: z.string(),
  version: z.int(),
  versionId: z.string(),
  number: z.int(),
  state: RunState,
  parameters: Values,
  trigger: RunTrigger,
  cancelRequested: z.boolean(),
  outputs: Values.nullable(),
  reason: z.string().nullable(),
  createdAtMs: EpochMs,
  startedAtMs: EpochMs.nullable(),
  endedAtMs: EpochMs.nullable(),
  steps: z.array(RunStep),
})
export type PipelineRun = z.output<typeof PipelineRun>

export const ScheduleSpec = z.object({
  pipeline: Name,
  /** Five fields (minute hour day month weekday), six with seconds in front. */
  cron: z.string().min(1).max(200),
  timeZone: z.string().min(1).max(64).default('UTC'),
  parameters: Values.default({}),
  paused: z.boolean().default(false),
  /** What became due while the server was down: run the latest of it once, or let it go. */
  missed: z.enum(['latest', 'skip']).default('latest'),
})
export type ScheduleSpec = z.output<typeof ScheduleSpec>

export const Schedule = z.object({
  name: z.string(),
  spec: ScheduleSpec,
  nextAtMs: EpochMs.nullable(),
  lastDueAtMs: EpochMs.nullable(),
  createdAtMs: EpochMs,
  updatedAtMs: EpochMs,
})

/** Every way this domain says no. */
export const problem = problems('pipelines', {
  'no-such-pipeline': {
    status: 404,
    say: (p: { name: string }) => `There is no pipeline "${p.name}". "millrace apply" makes one of a module.`,
  },
  'no-such-run': { status: 404, say: (p: { id: string }) => `There is no pipeline run ${p.id}.` },
  'no-such-step': {
    status: 404,
    say: (p: { run: string; step: string }) => `The run ${p.run} has no step "${p.step}", or it has not started yet.`,
  },
  'no-such-schedule': { status: 404, say: (p: { name: string }) => `There is no schedule "${p.name}".` },
  'no-such-file': {
    status: 404,
    say: (p: { digest: string }) =>
      `The file ${p.digest} is not stored any more. Results that hold it will not be taken from the cache again; run the pipeline anew.`,
  },
  'bad-graph': { status: 400, say: (p: { reason: string }) => `The pipeline's graph cannot run: ${p.reason}.` },
  'bad-parameters': {
    status: 400,
    say: (p: { faults: string }) => `The parameters do not fit the pipeline: ${p.faults}.`,
  },
  'unknown-event': {
    status: 400,
    say: (p: { event: string }) => `No part of this server publishes the event "${p.event}".`,
  },
  'unknown-event-member': {
    status: 400,
    say: (p: { event: string; member: string; known: string }) =>
      `The event "${p.event}" has no "${p.member}" to filter by; it has ${p.known}.`,
  },
  'bad-schedule': { status: 400, say: (p: { reason: string }) => `The schedule cannot be read: ${p.reason}.` },
  'module-failed': {
    status: 400,
    say: (p: { module: string; reason: string }) => `The module ${p.module} cannot be loaded: ${p.reason}`,
  },
})

const named = z.object({ name: Name })
const pipelineOf = (input: { name: string }) => ref('pipeline', input.name)
const RunId = z.object({ id: id('pipeline-run') })
const runOf = (input: { id: string }) => ref('pipeline-run', input.id)

export const putPipeline = endpoint({
  name: 'pipelines.put-pipeline',
  method: 'PUT',
  path: '/pipelines/{name}',
  summary: 'Declares a pipeline; a change makes a new version',
  needs: { permission: 'pipelines:write' },
  input: PipelineSpec.extend({ name: Name }),
  output: Pipeline,
  problems: [problem['bad-graph'], problem['unknown-event'], problem['unknown-event-member']],
})

export const readPipeline = endpoint({
  name: 'pipelines.read-pipeline',
  method: 'GET',
  path: '/pipelines/{name}',
  summary: 'Reads a pipeline with its newest version',
  needs: { permission: 'pipelines:read', on: pipelineOf },
  input: named,
  output: Pipeline,
  problems: [problem['no-such-pipeline']],
})

export const listPipelines = endpoint({
  name: 'pipelines.list-pipelines',
  method: 'GET',
  path: '/pipelines',
  summary: 'Lists pipelines by name',
  needs: { permission: 'pipelines:read' },
  input: PageQuery,
  output: page(Pipeline.omit({ spec: true })),
})

export const listVersions = endpoint({
  name: 'pipelines.list-versions',
  method: 'GET',
  path: '/pipelines/{name}/versions',
  summary: 'Lists the versions of a pipeline, newest first',
  needs: { permission: 'pipelines:read', on: pipelineOf },
  input: PageQuery.extend({ name: Name }),
  output: page(PipelineVersion),
})

export const startRun = endpoint({
  name: 'pipelines.start-run',
  method: 'POST',
  path: '/pipelines/{name}/runs',
  summary: 'Starts a run of the newest version',
  needs: { permission: 'pipelines:write', on: pipelineOf },
  input: z.object({
    name: Name,
    parameters: Values.default({}),
    trigger: RunTrigger.optional(),
    /** False: no step takes an earlier result. */
    cache: z.boolean().default(true),
    /** A second start with the same key answers the first run. */
    key: z.string().min(1).max(256).optional(),
  }),
  output: PipelineRun,
  problems: [problem['no-such-pipeline'], problem['bad-parameters']],
  status: 201,
})

export const listRuns = endpoint({
  name: 'pipelines.list-runs',
  method: 'GET',
  path: '/pipelines/{name}/runs',
  summary: 'Lists the runs of a pipeline, newest first',
  needs: { permission: 'pipelines:read', on: pipelineOf },
  input: PageQuery.extend({ name: Name, state: RunState.optional() }),
  output: page(PipelineRun),
})

export const listAllRuns = endpoint({
  name: 'pipelines.list-all-runs',
  method: 'GET',
  path: '/pipeline-runs',
  summary: 'Lists the runs of all pipelines, newest first',
  needs: { permission: 'pipelines:read' },
  input: PageQuery.extend({ state: RunState.optional() }),
  output: page(PipelineRun),
})

export const readRun = endpoint({
  name: 'pipelines.read-run',
  method: 'GET',
  path: '/pipeline-runs/{id}',
  summary: 'Reads a run with its steps and their attempts',
  needs: { permission: 'pipelines:read', on: runOf },
  input: RunId,
  output: PipelineRun,
  problems: [problem['no-such-run']],
})

export const cancelRun = endpoint({
  name: 'pipelines.cancel-run',
  method: 'POST',
  path: '/pipeline-runs/{id}/cancel',
  summary: 'Cancels what of a run has not ended',
  needs: { permission: 'pipelines:write', on: runOf },
  input: RunId.extend({ reason: z.string().max(1000).optional() }),
  output: PipelineRun,
  problems: [problem['no-such-run']],
})

/** Served by a route of its own, like compute's log of a job. */
export const readStepLogs = endpoint({
  name: 'pipelines.read-step-logs',
  method: 'GET',
  path: '/pipeline-runs/{id}/steps/{step}/logs',
  summary: 'Reads or follows the log of a step’s newest attempt',
  needs: { permission: 'pipelines:read', on: runOf },
  input: RunId.extend({
    step: z.string(),
    attempt: z.coerce.number().int().min(1).optional(),
    after: z.coerce.number().int().min(0).default(0),
    follow: z.stringbool().default(false),
  }),
  output: LogPage,
  problems: [problem['no-such-run'], problem['no-such-step']],
})

export const putSchedule = endpoint({
  name: 'pipelines.put-schedule',
  method: 'PUT',
  path: '/schedules/{name}',
  summary: 'Declares when a pipeline runs by itself',
  needs: { permission: 'pipelines:write' },
  input: ScheduleSpec.extend({ name: Name }),
  output: Schedule,
  problems: [problem['bad-schedule'], problem['no-such-pipeline'], problem['bad-parameters']],
})

export const readSchedule = endpoint({
  name: 'pipelines.read-schedule',
  method: 'GET',
  path: '/schedules/{name}',
  summary: 'Reads a schedule and when it is due next',
  needs: { permission: 'pipelines:read' },
  input: named,
  output: Schedule,
  problems: [problem['no-such-schedule']],
})

export const listSchedules = endpoint({
  name: 'pipelines.list-schedules',
  method: 'GET',
  path: '/schedules',
  summary: 'Lists schedules by name',
  needs: { permission: 'pipelines:read' },
  input: PageQuery,
  output: page(Schedule),
})

export const deleteSchedule = endpoint({
  name: 'pipelines.delete-schedule',
  method: 'DELETE',
  path: '/schedules/{name}',
  summary: 'Ends a schedule',
  needs: { permission: 'pipelines:write' },
  input: named,
  output: Done,
  problems: [problem['no-such-schedule']],
})

const text = z.string()
export const versionCreated = event(
  'pipelines.version.created',
  z.object({ id: text, pipeline: text, number: z.int(), codeVersionId: text }),
)
export const scheduleChanged = event('pipelines.schedule.changed', z.object({ id: text }))
export const runStarted = event(
  'pipelines.run.started',
  z.object({ id: text, pipeline: text, number: z.int(), trigger: RunTrigger }),
)
export const stepFinished = event(
  'pipelines.step.finished',
  z.object({ id: text, run: text, pipeline: text, step: text, state: StepState }),
  (payload) => payload.run,
)
export const runFinished = event(
  'pipelines.run.finished',
  z.object({ id: text, pipeline: text, state: RunState, outputs: Values, trigger: RunTrigger }),
)
