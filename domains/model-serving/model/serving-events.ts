import { event } from '@millrace/contract'
import { z } from 'zod'

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
