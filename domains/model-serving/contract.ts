import { Done, endpoint, EpochMs, event, id, Name, page, PageQuery, problems, ref } from '@millrace/contract'
import { z } from 'zod'
import { DeploymentStatistics, Prediction } from './model/prediction.ts'
import { Guardrail, GuardrailReading, RolloutPlan, RolloutStep } from './model/rollout-plan.ts'

export { Guardrail, GuardrailReading, RolloutPlan, RolloutStep }

export const RolloutState = z.enum(['shadow', 'canary', 'promoted', 'rolled_back'])
export type RolloutState = z.infer<typeof RolloutState>

/** A version on its way to an endpoint's traffic. */
export const Rollout = z.object({
  id: id('rollout'),
  endpoint: z.string(),
  versionId: z.string(),
  version: z.int(),
  championVersionId: z.string(),
  deploymentId: z.string(),
  state: RolloutState,
  /** While it is, nothing passes or fails; traffic stays as it is. */
  paused: z.boolean(),
  /** Index into the plan's steps; -1 while the version is a shadow. */
  step: z.int(),
  plan: RolloutPlan,
  verdicts: z.array(GuardrailReading),
  /** The canary's rows in this step, and those with ground truth. */
  progress: z.object({ predictions: z.int(), labels: z.int() }),
  startedAtMs: EpochMs,
  stepStartedAtMs: EpochMs,
  endedAtMs: EpochMs.nullable(),
  /** Why it was started, then why it ended, in a sentence. */
  reason: z.string().nullable(),
  startedBy: z.string(),
})
export type Rollout = z.infer<typeof Rollout>

/** A version at an endpoint. `weight` is percent of the requests. */
export const Deployment = z.object({
  id: id('deployment'),
  endpoint: z.string(),
  versionId: z.string(),
  version: z.int(),
  role: z.enum(['champion', 'canary', 'shadow', 'retired']),
  weight: z.number(),
  state: z.enum(['loading', 'ready', 'draining', 'stopped', 'failed']),
  reason: z.string().nullable(),
  createdAtMs: EpochMs,
  readyAtMs: EpochMs.nullable(),
  endedAtMs: EpochMs.nullable(),
  createdBy: z.string(),
})
export type Deployment = z.infer<typeof Deployment>

/** What is declared of an endpoint. */
export const EndpointSpec = z.object({
  /** The registered model whose versions it serves. */
  model: z.string().min(1).max(256),
  description: z.string().max(2000).default(''),
  /** Whether predictions are logged. A rollout logs while it lasts in any case: it judges by the log. */
  logging: z.object({ enabled: z.boolean().default(true) }).default({ enabled: true }),
  /** Which output is the score that ground truth is held against; the last output by default. */
  score: z
    .object({ output: z.string().max(256).optional(), threshold: z.number().default(0.5) })
    .default({ threshold: 0.5 }),
})
export type EndpointSpec = z.infer<typeof EndpointSpec>

/** A name that predictions are asked under, and the deployments that answer. Ended deployments are left out. */
export const ServingEndpoint = z.object({
  id: id('endpoint'),
  name: z.string(),
  model: z.string(),
  deployments: z.array(Deployment),
  rollout: Rollout.nullable(),
  createdAtMs: EpochMs,
  createdBy: z.string(),
  spec: EndpointSpec,
})
export type ServingEndpoint = z.infer<typeof ServingEndpoint>

export { DeploymentStatistics, Prediction }

export const servingProblem = problems('model-serving', {
  'unknown-endpoint': { status: 404, say: (p: { name: string }) => `There is no endpoint "${p.name}".` },
  'unknown-rollout': { status: 404, say: (p: { id: string }) => `There is no rollout ${p.id}.` },
  'unknown-prediction': {
    status: 404,
    say: (p: { id: string }) =>
      `No prediction ${p.id} was logged here. A row's id is its request's id, a dot and the row's number.`,
  },
  'not-a-prediction-id': {
    status: 400,
    say: (p: { id: string }) =>
      `"${p.id}" is not a prediction id. One reads pred_ and 25 characters, for a row with a dot and its number.`,
  },
  'other-endpoint': {
    status: 400,
    say: (p: { id: string; name: string }) =>
      `The prediction ${p.id} was not made by the endpoint "${p.name}"; nothing of the request was stored.`,
  },
  'other-model': {
    status: 422,
    say: (p: { name: string; model: string; versionModel: string }) =>
      `The endpoint "${p.name}" serves the model "${p.model}", not "${p.versionModel}".`,
  },
  'version-not-ready': {
    status: 409,
    say: (p: { versionId: string; state: string }) =>
      `The version ${p.versionId} is ${p.state}; only a ready one can be deployed.`,
  },
  'model-unusable': {
    status: 422,
    say: (p: { versionId: string; reason: string }) => `The version ${p.versionId} cannot be served: ${p.reason}`,
  },
  'already-serving': {
    status: 409,
    say: (p: { name: string; version: number }) => `Version ${p.version} is at the endpoint "${p.name}" already.`,
  },
  'rollout-open': {
    status: 409,
    say: (p: { name: string; rolloutId: string }) =>
      `The rollout ${p.rolloutId} is under way at the endpoint "${p.name}". Promote it or roll it back first.`,
  },
  'no-champion': {
    status: 409,
    say: (p: { name: string }) =>
      `The endpoint "${p.name}" has no champion to compare with. Deploy a first version directly.`,
  },
  'rollout-ended': {
    status: 409,
    say: (p: { id: string; state: string; verb: string }) =>
      `The rollout ${p.id} is ${p.state}; only one in shadow or canary can be ${p.verb}.`,
  },
  'nothing-deployed': {
    status: 404,
    say: () =>
      'No version has been deployed on this server yet, so nothing answers here. Deploy one with POST /endpoints/{name}/deployments.',
  },
  'data-plane-unavailable': {
    status: 503,
    say: (p: { reason: string }) =>
      `The data plane cannot be reached (${p.reason}). It starts again by itself; send it again in a moment.`,
  },
})

const onEndpoint = (permission: 'model-serving:read' | 'model-serving:write' | 'model-serving:predict') => ({
  permission,
  on: (input: { name: string }) => ref('endpoint', input.name),
})
const onRollout = (permission: 'model-serving:read' | 'model-serving:write') => ({
  permission,
  on: (input: { id: string }) => ref('rollout', input.id),
})
const ByName = z.object({ name: Name })
const ById = z.object({ id: id('rollout') })
const Reasoned = ById.extend({ reason: z.string().max(2000).optional() })
const deployProblems = [
  servingProblem['unknown-endpoint'],
  servingProblem['other-model'],
  servingProblem['version-not-ready'],
  servingProblem['already-serving'],
  servingProblem['rollout-open'],
]

export const putEndpoint = endpoint({
  name: 'model-serving.put-endpoint',
  method: 'PUT',
  path: '/endpoints/{name}',
  summary: 'Declares an endpoint; the same spec again changes nothing',
  needs: { permission: 'model-serving:write' },
  input: EndpointSpec.extend({ name: Name }),
  output: ServingEndpoint,
  problems: [servingProblem['other-model']],
})

export const readEndpoint = endpoint({
  name: 'model-serving.read-endpoint',
  method: 'GET',
  path: '/endpoints/{name}',
  summary: 'Reads an endpoint with its deployments and its open rollout',
  needs: onEndpoint('model-serving:read'),
  input: ByName,
  output: ServingEndpoint,
  problems: [servingProblem['unknown-endpoint']],
})

export const listEndpoints = endpoint({
  name: 'model-serving.list-endpoints',
  method: 'GET',
  path: '/endpoints',
  summary: 'Lists endpoints by name',
  needs: { permission: 'model-serving:read' },
  input: PageQuery,
  output: page(ServingEndpoint),
})

export const deleteEndpoint = endpoint({
  name: 'model-serving.delete-endpoint',
  method: 'DELETE',
  path: '/endpoints/{name}',
  summary: 'Ends an endpoint; its log stays',
  needs: onEndpoint('model-serving:write'),
  input: ByName,
  output: Done,
  problems: [servingProblem['unknown-endpoint'], servingProblem['rollout-open']],
})

export const deploy = endpoint({
  name: 'model-serving.deploy',
  method: 'POST',
  path: '/endpoints/{name}/deployments',
  summary: 'Makes a version the champion at once; the answer comes when it serves',
  needs: onEndpoint('model-serving:write'),
  input: z.object({ name: Name, versionId: z.string().max(128), reason: z.string().max(2000).optional() }),
  output: Deployment,
  problems: [...deployProblems, servingProblem['model-unusable']],
  status: 201,
})

export const listDeployments = endpoint({
  name: 'model-serving.list-deployments',
  method: 'GET',
  path: '/endpoints/{name}/deployments',
  summary: 'Lists all deployments an endpoint has had, the newest first',
  needs: onEndpoint('model-serving:read'),
  input: PageQuery.extend({ name: Name }),
  output: page(Deployment),
  problems: [servingProblem['unknown-endpoint']],
})

export const startRollout = endpoint({
  name: 'model-serving.start-rollout',
  method: 'POST',
  path: '/endpoints/{name}/rollouts',
  summary: 'Starts to move traffic to a version, step by step',
  needs: onEndpoint('model-serving:write'),
  input: z.object({
    name: Name,
    versionId: z.string().max(128),
    plan: RolloutPlan,
    reason: z.string().max(2000).optional(),
  }),
  output: Rollout,
  problems: [...deployProblems, servingProblem['no-champion']],
  status: 201,
})

export const readRollout = endpoint({
  name: 'model-serving.read-rollout',
  method: 'GET',
  path: '/rollouts/{id}',
  summary: 'Reads a rollout with its verdicts',
  needs: onRollout('model-serving:read'),
  input: ById,
  output: Rollout,
  problems: [servingProblem['unknown-rollout']],
})

export const listRollouts = endpoint({
  name: 'model-serving.list-rollouts',
  method: 'GET',
  path: '/endpoints/{name}/rollouts',
  summary: 'Lists the rollouts of an endpoint, the newest first',
  needs: onEndpoint('model-serving:read'),
  input: PageQuery.extend({ name: Name }),
  output: page(Rollout),
  problems: [servingProblem['unknown-endpoint']],
})

const rolloutVerb = (verb: string, summary: string) =>
  endpoint({
    name: `model-serving.${verb}-rollout`,
    method: 'POST',
    path: `/rollouts/{id}/${verb}`,
    summary,
    needs: onRollout('model-serving:write'),
    input: Reasoned,
    output: Rollout,
    problems: [servingProblem['unknown-rollout'], servingProblem['rollout-ended']],
  })
export const promoteRollout = rolloutVerb('promote', 'Makes the canary the champion now')
export const rollBackRollout = rolloutVerb('roll-back', 'Gives all traffic back to the champion now')
export const pauseRollout = rolloutVerb('pause', 'Keeps the rollout where it is until it is resumed')
export const resumeRollout = rolloutVerb('resume', 'Lets a paused rollout go on')

/** Ground truth by prediction id: of whole requests (`values[i]` is row i's; null takes one back), or of single rows. */
export const recordGroundTruth = endpoint({
  name: 'model-serving.record-ground-truth',
  method: 'POST',
  path: '/endpoints/{name}/ground-truth',
  summary: 'Takes ground truth for predictions; the same again changes nothing, a later value corrects',
  needs: onEndpoint('model-serving:write'),
  input: z.object({
    name: Name,
    batches: z.array(z.object({ id: z.string().max(64), values: z.array(z.number().nullable()).min(1) })).default([]),
    labels: z.array(z.object({ id: z.string().max(64), value: z.number().nullable() })).default([]),
    /** When the truth became known, in the data's own time; default now. */
    receivedEventTimeMs: EpochMs.optional(),
  }),
  output: z.object({ rows: z.int() }),
  problems: [
    servingProblem['unknown-endpoint'],
    servingProblem['not-a-prediction-id'],
    servingProblem['other-endpoint'],
  ],
  bodyLimitBytes: 64 * 1024 * 1024,
})

export const readStatistics = endpoint({
  name: 'model-serving.read-statistics',
  method: 'GET',
  path: '/endpoints/{name}/statistics',
  summary: 'Reads rate, errors and latencies of an endpoint’s deployments',
  needs: onEndpoint('model-serving:read'),
  input: ByName,
  output: z.object({
    endpoint: z.string(),
    latestEventMs: z.number().nullable(),
    deployments: z.array(DeploymentStatistics),
  }),
  problems: [servingProblem['unknown-endpoint']],
})

export const readPrediction = endpoint({
  name: 'model-serving.read-prediction',
  method: 'GET',
  path: '/predictions/{id}',
  summary: 'Reads one logged prediction with its inputs, outputs and ground truth',
  needs: { permission: 'model-serving:read' },
  input: z.object({ id: z.string().max(64) }),
  output: Prediction,
  problems: [servingProblem['unknown-prediction'], servingProblem['not-a-prediction-id']],
})

export const listPredictions = endpoint({
  name: 'model-serving.list-predictions',
  method: 'GET',
  path: '/endpoints/{name}/predictions',
  summary: 'Lists an endpoint’s logged predictions of a span of event time, the newest first',
  needs: onEndpoint('model-serving:read'),
  input: z.object({
    name: Name,
    fromMs: z.coerce.number().optional(),
    toMs: z.coerce.number().optional(),
    versionId: z.string().optional(),
    limit: z.coerce.number().int().min(1).max(1000).default(100),
  }),
  output: z.object({ items: z.array(Prediction) }),
  problems: [servingProblem['unknown-endpoint']],
})

/** Rows answered (shadows apart), by version. With `datasetVersionId`: of the versions that descend from it. */
export const countPredictions = endpoint({
  name: 'model-serving.count-predictions',
  method: 'GET',
  path: '/prediction-counts',
  summary: 'Counts logged predictions exactly, by version, or by the data that their versions were trained on',
  needs: { permission: 'model-serving:read' },
  input: z.object({
    endpoint: z.string().optional(),
    versionId: z.string().optional(),
    datasetVersionId: z.string().optional(),
  }),
  output: z.object({
    count: z.int(),
    shadowCount: z.int(),
    byVersion: z.array(
      z.object({ endpoint: z.string(), versionId: z.string(), version: z.int(), count: z.int(), requests: z.int() }),
    ),
  }),
})

const RolloutEvent = { id: z.string(), endpoint: z.string(), versionId: z.string() }
const byEndpoint = (payload: { endpoint: string }) => payload.endpoint
export const endpointChanged = event('model-serving.endpoint.changed', z.object({ id: z.string(), name: z.string() }))
export const deploymentCreated = event(
  'model-serving.deployment.created',
  z.object({ ...RolloutEvent, version: z.int() }),
  byEndpoint,
)
export const deploymentReady = event(
  'model-serving.deployment.ready',
  z.object({ ...RolloutEvent, version: z.int() }),
  byEndpoint,
)
export const rolloutStarted = event('model-serving.rollout.started', z.object(RolloutEvent))
export const rolloutStepPassed = event(
  'model-serving.rollout.step-passed',
  z.object({ ...RolloutEvent, step: z.int(), weight: z.number() }),
)
export const rolloutPromoted = event('model-serving.rollout.promoted', z.object(RolloutEvent))
export const rolloutRolledBack = event(
  'model-serving.rollout.rolled-back',
  z.object({ ...RolloutEvent, guardrail: z.string().nullable(), reason: z.string() }),
)
