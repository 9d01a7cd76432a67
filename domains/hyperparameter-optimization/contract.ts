import { endpoint, EpochMs, event, id, Name, page, PageQuery, problems, ref } from '@millrace/contract'
import { z } from 'zod'

const Range = { low: z.number(), high: z.number(), log: z.boolean().optional(), step: z.number().optional() }

/** What one parameter may be: a real number, a whole number, or one of a list. */
export const Dimension = z.discriminatedUnion('type', [
  z.object({ type: z.literal('float'), ...Range }),
  z.object({ type: z.literal('int'), ...Range }),
  z.object({
    type: z.literal('categorical'),
    choices: z.array(z.union([z.string(), z.number(), z.boolean(), z.null()])).max(1000),
  }),
])

export const Direction = z.enum(['minimize', 'maximize'])

export const StudySpec = z.object({
  space: z.record(z.string().min(1).max(256), Dimension),
  direction: Direction.default('minimize'),
  metric: z.string().min(1).max(256),
  sampler: z.enum(['tpe', 'random']).default('tpe'),
  /** Whether a report may answer that its trial had better stop: worse than the median of the complete ones. */
  pruner: z.enum(['none', 'median']).default('none'),
  /** The same seed gives the same parameters, trial by trial, as long as the results are the same. */
  seed: z.int().min(0).default(0),
  maxTrials: z.int().min(1).max(100_000).optional(),
})
export type StudySpec = z.output<typeof StudySpec>

/** A search for good parameters. `bestValue` is that of the best complete trial. */
export const Study = z.object({
  id: id('study'),
  name: z.string(),
  direction: Direction,
  metric: z.string(),
  trialCount: z.int(),
  bestValue: z.number().nullable(),
  bestTrialId: z.string().nullable(),
  createdAtMs: EpochMs,
  updatedAtMs: EpochMs,
  spec: StudySpec,
})

export const TrialState = z.enum(['waiting', 'running', 'complete', 'pruned', 'failed'])
export type TrialState = z.infer<typeof TrialState>

/** One try. `number` counts from 1 within its study; `value` is the objective. */
export const Trial = z.object({
  id: id('trial'),
  study: z.string(),
  number: z.int(),
  params: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  state: TrialState,
  value: z.number().nullable(),
  /** The last step that reported. */
  lastStep: z.int().nullable(),
  runId: z.string().nullable(),
  startedAtMs: EpochMs,
  endedAtMs: EpochMs.nullable(),
})
export type Trial = z.input<typeof Trial>

/** Every way this domain says no. */
export const problem = problems('hyperparameter-optimization', {
  'no-such-study': {
    status: 404,
    say: (p: { name: string }) => `There is no study "${p.name}". Declare it with PUT /studies/${p.name}.`,
  },
  'no-such-trial': { status: 404, say: (p: { id: string }) => `There is no trial ${p.id}.` },
  'bad-space': { status: 400, say: (p: { faults: string }) => `The search space cannot be searched. ${p.faults}` },
  'has-trials': {
    status: 409,
    say: (p: { name: string; what: string }) =>
      `The study "${p.name}" has trials already, and its ${p.what} says what their values mean. Make another study for another ${p.what}.`,
  },
  exhausted: {
    status: 409,
    say: (p: { name: string; maxTrials: number }) =>
      `The study "${p.name}" has had its ${p.maxTrials} trials. Raise maxTrials to go on.`,
  },
  'has-ended': { status: 409, say: (p: { id: string; state: string }) => `The trial ${p.id} has ended as ${p.state}.` },
  'no-value': {
    status: 400,
    say: (p: { id: string }) =>
      `The trial ${p.id} cannot be complete without a value. Say that it failed, or give the value.`,
  },
})

const named = z.object({ name: Name })
const study = (input: { name: string }) => ref('study', input.name)
const TrialId = z.object({ id: id('trial') })
const trial = (input: { id: string }) => ref('trial', input.id)

export const putStudy = endpoint({
  name: 'hyperparameter-optimization.put-study',
  method: 'PUT',
  path: '/studies/{name}',
  summary: 'Declares a study',
  needs: { permission: 'hyperparameter-optimization:write' },
  input: StudySpec.extend({ name: Name }),
  output: Study,
  problems: [problem['bad-space'], problem['has-trials']],
})

export const readStudy = endpoint({
  name: 'hyperparameter-optimization.read-study',
  method: 'GET',
  path: '/studies/{name}',
  summary: 'Reads a study and its best value',
  needs: { permission: 'hyperparameter-optimization:read', on: study },
  input: named,
  output: Study,
  problems: [problem['no-such-study']],
})

export const listStudies = endpoint({
  name: 'hyperparameter-optimization.list-studies',
  method: 'GET',
  path: '/studies',
  summary: 'Lists studies by name',
  needs: { permission: 'hyperparameter-optimization:read' },
  input: PageQuery,
  output: page(Study),
})

export const startTrial = endpoint({
  name: 'hyperparameter-optimization.start-trial',
  method: 'POST',
  path: '/studies/{name}/trials',
  summary: 'Suggests parameters for the next trial and starts it',
  needs: { permission: 'hyperparameter-optimization:write', on: study },
  input: named.extend({ runId: z.string().max(128).optional() }),
  output: Trial,
  problems: [problem['no-such-study'], problem.exhausted],
  status: 201,
})

export const listTrials = endpoint({
  name: 'hyperparameter-optimization.list-trials',
  method: 'GET',
  path: '/studies/{name}/trials',
  summary: 'Lists the trials of a study in their order',
  needs: { permission: 'hyperparameter-optimization:read', on: study },
  input: PageQuery.extend({ name: Name }),
  output: page(Trial),
  problems: [problem['no-such-study']],
})

export const reportTrial = endpoint({
  name: 'hyperparameter-optimization.report-trial',
  method: 'POST',
  path: '/trials/{id}/report',
  summary: 'Keeps a trial’s value at a step; says whether it had better stop',
  needs: { permission: 'hyperparameter-optimization:write', on: trial },
  input: TrialId.extend({
    value: z.number(),
    step: z
      .int()
      .min(0)
      .max(2 ** 31 - 1),
  }),
  output: z.object({ shouldPrune: z.boolean() }),
  problems: [problem['no-such-trial'], problem['has-ended']],
})

export const completeTrial = endpoint({
  name: 'hyperparameter-optimization.complete-trial',
  method: 'POST',
  path: '/trials/{id}/complete',
  summary: 'Ends a trial with its value; a pruned one without a value takes its last report',
  needs: { permission: 'hyperparameter-optimization:write', on: trial },
  input: TrialId.extend({
    value: z.number().nullable().default(null),
    state: z.enum(['complete', 'pruned', 'failed']).default('complete'),
    runId: z.string().max(128).optional(),
  }),
  output: Trial,
  problems: [problem['no-such-trial'], problem['has-ended'], problem['no-value']],
})

export const trialEnded = event(
  'hyperparameter-optimization.trial.ended',
  z.object({ id: z.string(), study: z.string(), number: z.int(), state: TrialState, value: z.number().nullable() }),
)
