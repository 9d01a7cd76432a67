import { endpoint, id, Name, page, PageQuery, ref } from '@millrace/contract'
import { z } from 'zod'
import { RolloutPlan } from '../../model/rollout-plan.ts'
import { servingProblem } from '../../model/serving-problems.ts'
import { ExperimentSpec, TrafficExperiment, Weighing } from './experiment.ts'

const onEndpoint = (permission: 'model-serving:read' | 'model-serving:write') => ({
  permission,
  on: (input: { name: string }) => ref('endpoint', input.name),
})
const onExperiment = (permission: 'model-serving:read' | 'model-serving:write') => ({
  permission,
  on: (input: { id: string }) => ref('traffic-experiment', input.id),
})
const ById = z.object({ id: id('traffic-experiment') })
const reason = z.string().max(2000).optional()

export const startExperiment = endpoint({
  name: 'model-serving.start-experiment',
  method: 'POST',
  path: '/endpoints/{name}/experiments',
  summary: 'Divides an endpoint’s traffic between its champion and other versions, to find the best',
  needs: onEndpoint('model-serving:write'),
  input: ExperimentSpec.extend({ name: Name, reason }),
  output: TrafficExperiment,
  problems: [
    servingProblem['unknown-endpoint'],
    servingProblem['no-champion'],
    servingProblem['other-model'],
    servingProblem['version-not-ready'],
    servingProblem['model-unusable'],
    servingProblem['already-serving'],
    servingProblem['rollout-open'],
    servingProblem['experiment-open'],
    servingProblem['bad-shares'],
  ],
  status: 201,
})

export const readTrafficExperiment = endpoint({
  name: 'model-serving.read-experiment',
  method: 'GET',
  path: '/traffic-experiments/{id}',
  summary: 'Reads an experiment with what was seen of each version and the verdict so far',
  needs: onExperiment('model-serving:read'),
  input: ById,
  output: TrafficExperiment,
  problems: [servingProblem['unknown-experiment']],
})

export const listTrafficExperiments = endpoint({
  name: 'model-serving.list-experiments',
  method: 'GET',
  path: '/endpoints/{name}/experiments',
  summary: 'Lists the experiments of an endpoint, the newest first',
  needs: onEndpoint('model-serving:read'),
  input: PageQuery.extend({ name: Name }),
  output: page(TrafficExperiment),
  problems: [servingProblem['unknown-endpoint']],
})

export const listWeighings = endpoint({
  name: 'model-serving.list-weighings',
  method: 'GET',
  path: '/traffic-experiments/{id}/weighings',
  summary: 'Lists the weights that a bandit has set, the newest first',
  needs: onExperiment('model-serving:read'),
  input: PageQuery.extend({ id: id('traffic-experiment') }),
  output: page(Weighing),
  problems: [servingProblem['unknown-experiment']],
})

export const concludeExperiment = endpoint({
  name: 'model-serving.conclude-experiment',
  method: 'POST',
  path: '/traffic-experiments/{id}/conclude',
  summary: 'Ends an experiment with one of its versions: at once, or by a rollout',
  needs: onExperiment('model-serving:write'),
  input: ById.extend({
    /** Default: the winner of the verdict. The champion's own version keeps it. */
    versionId: z.string().max(128).optional(),
    /** Brings the version to the traffic step by step. Default: at once, for the experiment has shown it. */
    plan: RolloutPlan.optional(),
    reason,
  }),
  output: TrafficExperiment,
  problems: [
    servingProblem['unknown-experiment'],
    servingProblem['experiment-ended'],
    servingProblem['no-winner'],
    servingProblem['not-in-experiment'],
  ],
})

export const stopExperiment = endpoint({
  name: 'model-serving.stop-experiment',
  method: 'POST',
  path: '/traffic-experiments/{id}/stop',
  summary: 'Gives all traffic back to the champion now',
  needs: onExperiment('model-serving:write'),
  input: ById.extend({ reason }),
  output: TrafficExperiment,
  problems: [servingProblem['unknown-experiment'], servingProblem['experiment-ended']],
})

/** What became of a prediction. The same again changes nothing; a later one of the same id and name corrects. */
export const Feedback = z.object({
  /** A request's prediction id, or one row's. */
  id: z.string().max(64),
  name: z.string().min(1).max(128).default('reward'),
  /** How good it was: 1 for a conversion, 0 for none, an amount. Null takes it back. */
  value: z.number().nullable().optional(),
  /** What would have been right; kept as ground truth. */
  truth: z.number().nullable().optional(),
  /** Whom it belongs to (a customer, a session): the values of one unit count as one observation. Default: the request. */
  unit: z.string().max(256).optional(),
  tags: z.record(z.string().max(128), z.string().max(1000)).optional(),
})
export type Feedback = z.infer<typeof Feedback>

export const recordFeedback = endpoint({
  name: 'model-serving.record-feedback',
  method: 'POST',
  path: '/endpoints/{name}/feedback',
  summary: 'Takes what became of predictions, at any time after them, singly or in bulk',
  // Whoever may ask for predictions may say what became of them: it is the application that knows.
  needs: { permission: 'model-serving:predict', on: (input: { name: string }) => ref('endpoint', input.name) },
  input: z.object({ name: Name, items: z.array(Feedback).min(1).max(100_000) }),
  output: z.object({ rows: z.int() }),
  problems: [
    servingProblem['unknown-endpoint'],
    servingProblem['not-a-prediction-id'],
    servingProblem['other-endpoint'],
  ],
  bodyLimitBytes: 64 * 1024 * 1024,
})
