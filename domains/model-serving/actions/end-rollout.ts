import { ref } from '@millrace/contract'
import type { ActionContext, Outcome } from '@millrace/kernel'
import { moveAlias } from '@millrace/model-registry'
import type { z } from 'zod'
import type { Rollout } from '../contract.ts'
import { rolloutPromoted, rolloutRolledBack } from '../contract.ts'
import type { ServingStore } from '../store/serving-store.ts'
import type { RolloutRow } from '../store/tables.ts'
import { requireEndpoint } from './require-endpoint.ts'
import { showRollout } from './show.ts'

type Context = Pick<ActionContext<ServingStore, unknown>, 'store' | 'call' | 'nowMs'>
type RolloutOutcome = Outcome<z.input<typeof Rollout>>

/** The canary becomes the champion, and the alias `champion` moves to its version, in the same transaction. */
export async function promote(
  { store, call, nowMs }: Context,
  rollout: RolloutRow,
  reason: string | undefined,
): Promise<RolloutOutcome> {
  const endpoint = await requireEndpoint(store, rollout.endpoint)
  const retired = { role: 'retired', weight: 0, state: 'draining' } as const
  await store.deployments.update(rollout.champion_deployment_id, retired)
  await store.deployments.update(rollout.deployment_id, { role: 'champion', weight: 100 })
  const ended = { state: 'promoted', paused: 0, ended_at_ms: nowMs, reason: reason ?? rollout.reason } as const
  await store.rollouts.update(rollout.id, ended)
  await call(moveAlias, { name: endpoint.model, alias: 'champion', version: rollout.version })
  const after = showRollout({ ...rollout, ...ended })
  const { id, version_id: versionId } = rollout
  const [self, before] = [rollout.deployment_id, rollout.champion_deployment_id].map((of) => ref('deployment', of))
  return {
    answer: after,
    events: [rolloutPromoted({ id, endpoint: endpoint.name, versionId })],
    audit: { object: ref('rollout', id), before: showRollout(rollout), after, ...reasonOf(reason) },
    edges: self === undefined || before === undefined ? [] : [{ from: self, type: 'replaced', to: before }],
  }
}

/** All traffic goes back to the champion. */
export async function rollBack(
  { store, nowMs }: Context,
  rollout: RolloutRow,
  why: { readonly guardrail: string | null; readonly reason: string },
): Promise<RolloutOutcome> {
  await store.deployments.update(rollout.deployment_id, { role: 'retired', weight: 0, state: 'draining' })
  await store.deployments.update(rollout.champion_deployment_id, { weight: 100 })
  const ended = { state: 'rolled_back', paused: 0, ended_at_ms: nowMs, reason: why.reason } as const
  await store.rollouts.update(rollout.id, ended)
  const after = showRollout({ ...rollout, ...ended })
  const { id, endpoint, version_id: versionId } = rollout
  return {
    answer: after,
    events: [rolloutRolledBack({ id, endpoint, versionId, ...why })],
    audit: { object: ref('rollout', id), before: showRollout(rollout), after, reason: why.reason },
  }
}

function reasonOf(reason: string | undefined): { reason?: string } {
  return reason === undefined ? {} : { reason }
}
