import { parseReference, Problem } from '@millrace/contract'
import { z } from 'zod'
import { RolloutPlan } from './rollout-plan.ts'

/** Something of a request that tells callers apart. `name`: the header's, query parameter's or input's; a caller needs none. */
export const TrafficKey = z.object({
  by: z.enum(['header', 'query', 'input', 'caller']),
  name: z.string().min(1).max(256).optional(),
})
export type TrafficKey = z.infer<typeof TrafficKey>

const named = (key: { by: string; name?: string | undefined }) => key.by === 'caller' || key.name !== undefined
const needsName = 'name the header, query parameter or input'

/** Sends requests to one version, whatever the weights say. */
export const TrafficRule = z.object({
  /** Holds when the key is there and is what is said; all that is said must hold. `matches` is a regular expression. */
  when: TrafficKey.extend({
    equals: z.string().max(1000).optional(),
    oneOf: z.array(z.string().max(1000)).max(1000).optional(),
    matches: z.string().max(500).refine(isExpression, { message: 'is no regular expression' }).optional(),
  }).refine(named, { message: needsName }),
  /** A version's number, or the part it plays. The rule rests while no such version answers. */
  to: z.union([z.int().min(1), z.enum(['champion', 'canary'])]),
})
export type TrafficRule = z.infer<typeof TrafficRule>

/** Who answers whom, before weights decide. */
export const TrafficSpec = z.object({
  /** The same key meets the same version as long as the weights stay. Default: chance decides by request. */
  sticky: TrafficKey.refine(named, { message: needsName }).optional(),
  /** The first that holds decides. */
  rules: z.array(TrafficRule).max(100).default([]),
})

/** What is absent is not limited. The server's own limits hold besides. */
export const LimitsSpec = z.object({
  /** Requests under way and waiting, per process of the data plane: more get 429. */
  maxConcurrency: z.int().min(1).optional(),
  /** Requests that wait for their run: more get 503. */
  maxQueue: z.int().min(1).optional(),
  /** From arrival to answer: later it is 504. */
  timeoutMs: z.int().min(1).max(3_600_000).optional(),
  /** Per caller: more get 429. Up to `burst` may come at once; default one second's worth. */
  requestsPerSecond: z.number().gt(0).optional(),
  burst: z.int().min(1).optional(),
})

/** Gives the same answer again for the same inputs to the same version. For models without chance or time in them. */
export const CacheSpec = z.object({
  enabled: z.boolean().default(false),
  maxMb: z.int().min(1).max(65_536).default(64),
  ttlSeconds: z.int().min(1).max(31_536_000).default(300),
})

/** What of the predictions is kept. */
export const LoggingSpec = z.object({
  /** A rollout or experiment logs every request while it lasts in any case: it judges by the log. */
  enabled: z.boolean().default(true),
  /** Share of the requests that are logged. */
  sampleRate: z.number().min(0).max(1).default(1),
  /** Inputs and outputs whose values never reach the log. */
  redact: z.array(z.string().max(256)).max(1000).default([]),
  /** Whole files of older event times are removed. Default: never. */
  retentionDays: z.int().min(1).max(36_500).optional(),
})

/** Which versions answer when a caller names one (`/versions/7`), beside those that are deployed. */
export const VersionPolicy = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('deployed') }),
  z.object({ kind: z.literal('latest'), count: z.int().min(1).max(100).default(1) }),
  z.object({ kind: z.literal('specific'), versions: z.array(z.int().min(1)).min(1).max(1000) }),
  z.object({ kind: z.literal('all') }),
])

/** What is declared of an endpoint. All but the model has a default. */
export const EndpointSpec = z.object({
  /** The registered model whose versions it serves. */
  model: z.string().min(1).max(256),
  description: z.string().max(2000).default(''),
  traffic: TrafficSpec.default({ rules: [] }),
  limits: LimitsSpec.default({}),
  cache: CacheSpec.default({ enabled: false, maxMb: 64, ttlSeconds: 300 }),
  logging: LoggingSpec.default({ enabled: true, sampleRate: 1, redact: [] }),
  /** Which output is the score that ground truth is held against; the last output by default. */
  score: z
    .object({ output: z.string().max(256).optional(), threshold: z.number().default(0.5) })
    .default({ threshold: 0.5 }),
  /** Rows that each version predicts before callers meet it, as `POST /endpoints/{name}/predict` takes them. */
  warmUp: z.array(z.record(z.string(), z.unknown())).max(1000).default([]),
  device: z.enum(['cpu', 'cuda']).default('cpu'),
  /** Models leave memory after so long without a request, and come back with the next. Default: never. */
  idleSeconds: z.int().min(1).max(31_536_000).optional(),
  versionPolicy: VersionPolicy.default({ kind: 'deployed' }),
  /** Names for versions, as TensorFlow Serving's labels: `{ stable: 3 }`. */
  labels: z.record(z.string().min(1).max(128), z.int().min(1)).default({}),
  /** An alias of the model, `models:/flight-delay@champion`: when it moves, a rollout of its version starts. */
  follow: z.string().max(512).refine(isAlias, { message: 'write it as models:/name@alias' }).optional(),
  /** How versions come here that no plan is given for. Default: `defaultRolloutPlan`. */
  rollout: RolloutPlan.optional(),
})
export type EndpointSpec = z.infer<typeof EndpointSpec>

/** A tenth, then half of the traffic, each for ten minutes and two hundred predictions, unless errors rise by a point. */
export const defaultRolloutPlan: RolloutPlan = RolloutPlan.parse({
  steps: [10, 50].map((weight) => ({ weight, minPredictions: 200, minDurationMs: 600_000 })),
  guardrails: [{ name: 'errors', metric: 'error_rate', limit: 0.01 }],
})

function isAlias(text: string): boolean {
  try {
    const { scheme, at } = parseReference(text)
    return scheme === 'models' && at !== undefined
  } catch (error) {
    if (error instanceof Problem) return false
    throw error
  }
}

function isExpression(text: string): boolean {
  try {
    return new RegExp(text) instanceof RegExp
  } catch {
    return false
  }
}
