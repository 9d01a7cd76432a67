import { ref } from '@millrace/contract'
import * as contract from '../contract.ts'
import { action } from '../store/governance-store.ts'
import { gateOf } from './gate-of.ts'

const { problem } = contract

/** Lets a version past a check that does not pass. It is recorded, audited with its reason, and never removed. */
export const overrideCheck = action(contract.overrideCheck, async (context) => {
  const { store, input, actor, nowMs, newId } = context
  const before = await gateOf(context, input.id, input.policy)
  const check = before.gate.checks.find((found) => found.name === input.check)
  if (check === undefined) throw problem['no-such-check']({ check: input.check, policy: before.policy.name })
  if (check.verdict === 'pass' || check.override !== null) throw problem['nothing-to-override']({ check: check.name })
  const { reason } = input
  const override = { id: newId('ovr'), versionId: input.id, check: check.name, reason, by: actor.name, atMs: nowMs }
  await store.gates.addOverride(override)
  const { gate, events } = await gateOf(context, input.id, input.policy)
  const { id, versionId } = override
  return {
    answer: { ...override, gate },
    events: [
      ...before.events,
      contract.checkOverridden({ id, versionId, check: check.name, by: actor.name, reason }),
      ...events,
    ],
    audit: { object: ref('model-version', versionId), before: check, after: override, reason },
  }
})
