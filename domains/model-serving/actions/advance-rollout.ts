import { endpoint, id, ref } from '@millrace/contract'
import type { ActionContext, Outcome } from '@millrace/kernel'
import { z } from 'zod'
import { GuardrailReading, Rollout, rolloutStepPassed } from '../contract.ts'
import type { ServingStore } from '../store/serving-store.ts'
import { action } from '../store/serving-store.ts'
import type { RolloutRow } from '../store/tables.ts'
import { promote, rollBack } from './end-rollout.ts'
import { requireRollout } from './require-endpoint.ts'
import { planOf, showRollout } from './show.ts'

/** Millrace's own: what the evidence says of an open rollout. It has no address; only the system's actor may run it. */
const contract = endpoint({
  name: 'model-serving.advance-rollout',
  method: 'POST',
  path: '/rollouts/{id}/advance',
  summary: 'Records verdicts, and passes a step, promotes, rolls back or pauses by them',
  needs: { permission: 'model-serving:administer' },
  input: z.object({
    id: id('rollout'),
    /** The step that the evidence is of. */
    step: z.int(),
    decision: z.enum(['keep', 'pass-step', 'promote', 'roll-back', 'pause']),
    verdicts: z.array(GuardrailReading),
    progress: Rollout.shape.progress,
    guardrail: z.string().optional(),
    reason: z.string().max(2000).optional(),
  }),
  output: Rollout,
})

type Context = ActionContext<ServingStore, z.output<typeof contract.input>>

/** Records verdicts and acts on them. Evidence of a step that is over, of a paused or of an ended rollout changes nothing. */
export const advanceRollout = action(contract, async (context) => {
  const { store, input } = context
  const found = await requireRollout(store, input.id)
  const isOpen = found.state === 'shadow' || found.state === 'canary'
  if (!isOpen || found.step !== input.step || found.paused === 1)
    return { answer: showRollout(found), audit: 'unchanged' }
  const measured = {
    verdicts: JSON.stringify(input.verdicts),
    predictions: input.progress.predictions,
    labels: input.progress.labels,
  }
  await store.rollouts.update(found.id, measured)
  return decide(context, { ...found, ...measured })
})

async function decide(context: Context, rollout: RolloutRow): Promise<Outcome<z.input<typeof Rollout>>> {
  const { input, store } = context
  const reason = input.reason ?? 'The evidence was enough.'
  if (input.decision === 'promote') return promote(context, rollout, reason)
  if (input.decision === 'roll-back') {
    return rollBack(context, rollout, { guardrail: input.guardrail ?? null, reason })
  }
  if (input.decision === 'pass-step') return passStep(context, rollout)
  if (input.decision === 'keep') return { answer: showRollout(rollout), audit: 'unchanged' }
  await store.rollouts.update(rollout.id, { paused: 1, reason })
  const after = showRollout({ ...rollout, paused: 1, reason })
  return { answer: after, audit: { object: ref('rollout', rollout.id), before: showRollout(rollout), after, reason } }
}

async function passStep({ store, nowMs }: Context, rollout: RolloutRow): Promise<Outcome<z.input<typeof Rollout>>> {
  const step = rollout.step + 1
  const weight = planOf(rollout).steps[step]?.weight ?? 100
  const moved = { state: 'canary', step, step_started_at_ms: nowMs, predictions: 0, labels: 0 } as const
  await store.rollouts.update(rollout.id, moved)
  await store.deployments.update(rollout.deployment_id, { role: 'canary', weight })
  await store.deployments.update(rollout.champion_deployment_id, { weight: 100 - weight })
  const after = showRollout({ ...rollout, ...moved })
  const { id, endpoint: name, version_id: versionId } = rollout
  return {
    answer: after,
    events: [rolloutStepPassed({ id, endpoint: name, versionId, step: rollout.step, weight })],
    audit: { object: ref('rollout', id), before: showRollout(rollout), after },
  }
}
