import { ref } from '@millrace/contract'
import type { Actor } from '@millrace/kernel'
import type { Approval } from '../contract.ts'
import * as contract from '../contract.ts'
import { missingOf } from '../model/judge-gate.ts'
import { action } from '../store/governance-store.ts'
import type { EvaluatedGate } from './gate-of.ts'
import { gateOf } from './gate-of.ts'

/** Asks for the approval of a version that passes its gate. An open or given one is the answer again. */
export const requestApproval = action(contract.requestApproval, async (context) => {
  const { store, input, actor, nowMs, newId } = context
  const versionId = input.subject.id
  const evaluated = await gateOf(context, versionId, input.policy)
  const { gate, policy, look, events } = evaluated
  const what = `${look.model.name} v${look.version.version}`
  if (gate.verdict !== 'pass') throw contract.problem['gate-not-passed']({ what, missing: missingOf(gate) })
  const standing = (await store.approvals.ofVersion(versionId)).find(
    (found) => found.policy === policy.name && ['requested', 'approved'].includes(found.state),
  )
  if (standing !== undefined) {
    const entry = { object: ref('model-version', versionId), after: gate }
    return { answer: standing, events, audit: events.length === 0 ? 'unchanged' : entry }
  }
  const { title = `Use ${what}`, reason = null } = input
  // Only Millrace itself may say for whom it asks; anybody else would escape the separation of duties that way.
  const asker = actor.kind === 'system' ? (input.onBehalfOf ?? actor) : actor
  const approval = newApproval(evaluated, { id: newId('apr'), title, reason, asker, nowMs })
  await store.approvals.add(approval)
  const { id, subject, model } = approval
  return {
    answer: approval,
    events: [...events, contract.approvalRequested({ id, subject, model, policy: policy.name, title })],
    audit: { object: ref('approval', id), after: approval },
  }
})

interface Question {
  readonly id: string
  readonly title: string
  readonly reason: string | null
  readonly asker: Pick<Actor, 'id' | 'name'>
  readonly nowMs: number
}

function newApproval({ gate, policy, look }: EvaluatedGate, asked: Question): Approval {
  const { count, automaticForTier, separationOfDuties, expiresAfterMs } = policy.spec.approvals
  const automatic = count === 0 || automaticForTier.includes(look.model.riskTier)
  return {
    id: asked.id,
    subject: { kind: 'model-version', id: look.version.id },
    model: look.model.name,
    version: look.version.version,
    title: asked.title,
    policy: policy.name,
    gateId: gate.id,
    state: 'requested',
    reason: asked.reason,
    requestedBy: asked.asker.id,
    requestedByName: asked.asker.name,
    requestedAtMs: asked.nowMs,
    versionBy: look.version.createdBy,
    required: automatic ? 0 : count,
    automatic,
    separationOfDuties,
    decisions: [],
    expiresAtMs: expiresAfterMs === null ? null : asked.nowMs + expiresAfterMs,
    decidedAtMs: null,
    sentence: null,
    pins: null,
  }
}
