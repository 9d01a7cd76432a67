import { Done, endpoint, EpochMs, id, Name, page, PageQuery, ref } from '@millrace/contract'
import { z } from 'zod'
import { EndpointSpec } from './model/endpoint-spec.ts'
import { CallerStatistics, DeploymentStatistics, Prediction } from './model/prediction.ts'
import { RolloutPlan } from './model/rollout-plan.ts'
import { Deployment, Rollout, ServingEndpoint } from './model/serving-endpoint.ts'
import { servingProblem } from './model/serving-problems.ts'

export * from './edge/model/edge-endpoints.ts'
export * from './experiments/model/experiment-endpoints.ts'
export * from './experiments/model/experiment.ts'
export * from './model/endpoint-spec.ts'
export * from './model/prediction.ts'
export * from './model/rollout-plan.ts'
export * from './model/serving-endpoint.ts'
export * from './model/serving-events.ts'
export * from './model/serving-problems.ts'
export * from './statistics/model/series-endpoints.ts'

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
  servingProblem['experiment-open'],
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
  problems: [servingProblem['unknown-endpoint'], servingProblem['rollout-open'], servingProblem['experiment-open']],
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
  problems: [...deployProblems, servingProblem['model-unusable'], servingProblem['no-champion']],
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
  summary: 'Reads rate, errors, latencies, queue, runs and cache of an endpoint’s deployments, and who asks',
  needs: onEndpoint('model-serving:read'),
  input: ByName,
  output: z.object({
    endpoint: z.string(),
    latestEventMs: z.number().nullable(),
    deployments: z.array(DeploymentStatistics),
    /** The hundred that ask most, the busiest first. */
    callers: z.array(CallerStatistics),
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
    pageToken: z.string().max(128).optional(),
  }),
  output: z.object({ items: z.array(Prediction), nextPageToken: z.string().optional() }),
  problems: [servingProblem['unknown-endpoint'], servingProblem['bad-page-token']],
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
