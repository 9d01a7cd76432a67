import * as contract from '../contract.ts'
import { agree, agreeAutomatically, expire, refuse, takeBack } from '../model/approval.ts'
import { missingOf } from '../model/judge-gate.ts'
import { action } from '../store/governance-store.ts'
import { gateOf } from './gate-of.ts'
import { setApproval } from '@millrace/model-registry'
import * as inProcess from './in-process-contract.ts'
import { findApproval, settle } from './settle-approval.ts'

/** Adds one agreement. The gate is looked at again first: evidence and champion may have changed since it was asked for. */
export const approve = action(contract.approve, async (context) => {
  const { store, input, actor, nowMs } = context
  const before = await findApproval(store, input.id)
  const decided = agree(before, { by: actor, reason: input.reason ?? null, nowMs })
  const { gate, events } = await gateOf(context, before.subject.id, before.policy)
  const what = `${before.model} v${before.version}`
  if (gate.verdict !== 'pass') throw contract.problem['gate-not-passed']({ what, missing: missingOf(gate) })
  const outcome = await settle(context, before, { ...decided, gateId: gate.id })
  return { ...outcome, events: [...events, ...(outcome.events ?? [])] }
})

/** Refuses the version. One refusal is enough. */
export const reject = action(contract.reject, async (context) => {
  const { store, input, actor, nowMs } = context
  const before = await findApproval(store, input.id)
  return settle(context, before, refuse(before, { by: actor, reason: input.reason, nowMs }))
})

/** Takes an approval back; the version may not be used any more. What is deployed already stays until it is replaced. */
export const revoke = action(contract.revoke, async (context) => {
  const { store, input, actor, nowMs } = context
  const before = await findApproval(store, input.id)
  return settle(context, before, takeBack(before, { by: actor, reason: input.reason, nowMs }))
})

/** Marks a version as waiting for people, or approves it by itself where the policy asks none. */
export const admitApproval = action(inProcess.admitApproval, async (context) => {
  const { store, input, actor, nowMs, call } = context
  const before = await findApproval(store, input.id)
  if (before.state !== 'requested') return { answer: before, audit: 'unchanged' }
  if (before.automatic) return settle(context, before, agreeAutomatically(before, actor, nowMs))
  await call(setApproval, { versionId: before.subject.id, approval: 'pending' })
  return { answer: before, audit: 'unchanged' }
})

/** Ends a request whose time is up. */
export const expireApproval = action(inProcess.expireApproval, async (context) => {
  const { store, input, nowMs } = context
  const before = await findApproval(store, input.id)
  const expired = expire(before, nowMs)
  return expired === before ? { answer: before, audit: 'unchanged' } : settle(context, before, expired)
})
