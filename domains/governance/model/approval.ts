import type { Approval, ApprovalState, Decision } from '../contract.ts'
import { problem } from '../contract.ts'

const allowed: Readonly<Record<ApprovalState, readonly ApprovalState[]>> = {
  requested: ['approved', 'rejected', 'expired', 'revoked'],
  approved: ['revoked'],
  rejected: [],
  expired: [],
  revoked: [],
}

/** Who decides. */
export interface Decider {
  readonly id: string
  readonly name: string
}

export interface Act {
  readonly by: Decider
  readonly reason: string | null
  readonly nowMs: number
}

/**
 * Adds one agreement; the last one that is needed approves. Throws when it is not open, has expired, or when `by` asked
 * for it, wrote the version (separation of duties) or has agreed already.
 */
export function agree(approval: Approval, act: Act): Approval {
  refuseUnlessOpen(approval, 'approved', act.nowMs)
  const rule = refusal(approval, act.by)
  if (rule !== null) throw problem['separation-of-duties']({ rule })
  if (approval.decisions.some((decision) => decision.by === act.by.id)) {
    throw problem['decided-already']({ required: approval.required })
  }
  const decisions = [...approval.decisions, decisionOf('approved', act)]
  if (decisions.length < approval.required) return { ...approval, decisions }
  const names = decisions.map((decision) => decision.byName).join(', ')
  return close({ ...approval, decisions }, 'approved', act.nowMs, `Approved by ${names}.`)
}

/** The agreement that nobody has to give: the policy's rule for the tier, said by Millrace itself. */
export function agreeAutomatically(approval: Approval, by: Decider, nowMs: number): Approval {
  refuseUnlessOpen(approval, 'approved', nowMs)
  const sentence = `Approved automatically: the policy "${approval.policy}" asks no person for ${approval.model}.`
  const decisions = [...approval.decisions, decisionOf('approved', { by, reason: sentence, nowMs })]
  return close({ ...approval, decisions }, 'approved', nowMs, sentence)
}

/** One refusal is enough. Whoever asked or wrote the version may refuse it too. */
export function refuse(approval: Approval, act: Act): Approval {
  refuseUnlessOpen(approval, 'rejected', act.nowMs)
  const decisions = [...approval.decisions, decisionOf('rejected', act)]
  return close({ ...approval, decisions }, 'rejected', act.nowMs, `Rejected by ${act.by.name}: ${act.reason ?? ''}`)
}

/** Takes back what was asked for or given. */
export function takeBack(approval: Approval, act: Act): Approval {
  refuseUnlessAllowed(approval, 'revoked')
  const decisions = [...approval.decisions, decisionOf('revoked', act)]
  return close({ ...approval, decisions }, 'revoked', act.nowMs, `Revoked by ${act.by.name}: ${act.reason ?? ''}`)
}

/** Ends a request that waited too long; unchanged when it is not open or has time left. */
export function expire(approval: Approval, nowMs: number): Approval {
  if (approval.state !== 'requested' || approval.expiresAtMs === null || nowMs < approval.expiresAtMs) return approval
  const given = `${approval.decisions.length} of ${approval.required}`
  return close(approval, 'expired', nowMs, `Nobody decided in time; ${given} had agreed.`)
}

/** The rule that keeps a person from approving, as a sentence; null when they may. */
export function refusal(approval: Approval, by: Decider): string | null {
  if (!approval.separationOfDuties) return null
  // The registry keeps the name of whoever registered a version.
  if ([by.id, by.name].includes(approval.versionBy)) return `You wrote v${approval.version}.`
  return approval.requestedBy === by.id ? `You asked for the approval of v${approval.version}.` : null
}

function decisionOf(decision: Decision['decision'], { by, reason, nowMs }: Act): Decision {
  return { by: by.id, byName: by.name, decision, reason, atMs: nowMs }
}

function close(approval: Approval, state: ApprovalState, nowMs: number, sentence: string): Approval {
  return { ...approval, state, sentence, decidedAtMs: nowMs }
}

function refuseUnlessOpen(approval: Approval, wanted: ApprovalState, nowMs: number): void {
  refuseUnlessAllowed(approval, wanted)
  if (approval.expiresAtMs !== null && nowMs >= approval.expiresAtMs) {
    throw problem.expired({ at: new Date(approval.expiresAtMs).toISOString() })
  }
}

function refuseUnlessAllowed(approval: Approval, wanted: ApprovalState): void {
  const next = allowed[approval.state]
  if (next.includes(wanted)) return
  const said = next.length === 0 ? 'nothing else' : next.join(' or ')
  throw problem['illegal-transition']({ id: approval.id, state: approval.state, wanted, allowed: said })
}
