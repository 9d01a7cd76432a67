import { ref } from '@millrace/contract'
import * as contract from '../contract.ts'
import type { ServingStore } from '../store/serving-store.ts'
import { action } from '../store/serving-store.ts'
import type { RolloutRow } from '../store/tables.ts'
import { promote, rollBack } from './end-rollout.ts'
import { requireRollout } from './require-endpoint.ts'
import { showRollout } from './show.ts'

/** A person makes the canary the champion, whatever the guardrails say so far. */
export const promoteRollout = action(contract.promoteRollout, async (context) => {
  const rollout = await requireOpen(context.store, context.input.id, 'promoted')
  return promote(context, rollout, context.input.reason)
})

/** A person, or a deployment that cannot be loaded, ends a rollout. */
export const rollBackRollout = action(contract.rollBackRollout, async (context) => {
  const rollout = await requireOpen(context.store, context.input.id, 'rolled back')
  return rollBack(context, rollout, {
    guardrail: null,
    reason: context.input.reason ?? `Rolled back by ${context.actor.name}.`,
  })
})

/** Keeps a rollout where it is. */
export const pauseRollout = action(contract.pauseRollout, async ({ store, input }) => setPaused(store, input, 1))

/** Lets a paused rollout go on. */
export const resumeRollout = action(contract.resumeRollout, async ({ store, input }) => setPaused(store, input, 0))

async function setPaused(store: ServingStore, input: { id: string; reason?: string | undefined }, paused: 0 | 1) {
  const rollout = await requireOpen(store, input.id, paused === 1 ? 'paused' : 'resumed')
  const answer = showRollout({ ...rollout, paused })
  if (rollout.paused === paused) return { answer, audit: 'unchanged' as const }
  await store.rollouts.update(rollout.id, { paused })
  const reason = input.reason === undefined ? {} : { reason: input.reason }
  return {
    answer,
    audit: { object: ref('rollout', rollout.id), before: showRollout(rollout), after: answer, ...reason },
  }
}

async function requireOpen(store: ServingStore, id: string, verb: string): Promise<RolloutRow> {
  const rollout = await requireRollout(store, id)
  if (rollout.state === 'shadow' || rollout.state === 'canary') return rollout
  throw contract.servingProblem['rollout-ended']({ id, state: rollout.state.replace('_', ' '), verb })
}
