import { EpochMs, id } from '@millrace/contract'
import { z } from 'zod'
import { EndpointSpec } from './endpoint-spec.ts'
import { GuardrailReading, RolloutPlan } from './rollout-plan.ts'

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
  /** `variant`: it is in an experiment. */
  role: z.enum(['champion', 'canary', 'variant', 'shadow', 'retired']),
  weight: z.number(),
  state: z.enum(['loading', 'ready', 'draining', 'stopped', 'failed']),
  reason: z.string().nullable(),
  createdAtMs: EpochMs,
  readyAtMs: EpochMs.nullable(),
  endedAtMs: EpochMs.nullable(),
  createdBy: z.string(),
})
export type Deployment = z.infer<typeof Deployment>

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
