import type { Release } from '../contract.ts'
import * as contract from '../contract.ts'
import { action } from '../store/delivery-store.ts'
import { findRelease } from './find-release.ts'
import { keepMove } from './keep-move.ts'
import type { Neighbours } from './neighbours.ts'
import { refuseWhileOpen } from './start-release.ts'

const { problem } = contract

/** Makes the action that lets a release past the gate that refused it. Each check that refused is overridden in governance. */
export const overrideRelease = (neighbours: Neighbours) =>
  action(contract.overrideRelease, async (context) => {
    const { store, input, actor, nowMs } = context
    const { reason } = input
    const release = await findRelease(store, input.id)
    const { gate, versionId } = refusedByGate(release)
    await refuseWhileOpen(store, release.policy)
    // Evidence may have come since: only what stands in the way now is overridden.
    const now = await neighbours.evaluateGate(context, versionId, release.spec.policy)
    for (const check of now.checks) {
      if (check.verdict === 'pass' || check.override !== null) continue
      await neighbours.overrideCheck(context, { versionId, check: check.name, reason, policy: gate.policy })
    }
    const sentence = `${actor.name} overrode the gate: ${reason}`
    return keepMove(store, release, { step: 'overridden', sentence }, { nowMs, reason })
  })

function refusedByGate(release: Release) {
  const { id, state, gate, versionId, approvalId, suppressed } = release
  if (suppressed) throw problem['not-overridable']({ id, why: 'it was never trained, since the data may be broken' })
  if (state !== 'rejected')
    throw problem['not-overridable']({ id, why: `it is ${state.replaceAll('_', ' ')}, not rejected` })
  if (approvalId !== null) throw problem['not-overridable']({ id, why: 'its approval was refused, not its gate' })
  if (gate === null || versionId === null) throw problem['not-overridable']({ id, why: 'it has not met its gate' })
  return { gate, versionId }
}
