import type { z } from 'zod'
import type { Approval, Gate, GateCheck } from '../contract.ts'
import { refusal } from './approval.ts'
import type { ApprovalDetail, ApprovalRow } from './approvals-view.ts'

interface Reader {
  readonly id: string
  readonly name: string
}

/** One approval as a line. */
export function approvalRow(approval: Approval): z.output<typeof ApprovalRow> {
  const { id, title, requestedByName, requestedAtMs, required, expiresAtMs, state } = approval
  const asked = { askedBy: requestedByName, askedAtMs: requestedAtMs }
  return { id, title: [title], ...asked, given: given(approval), required: Math.max(1, required), expiresAtMs, state }
}

/** One approval with what it rests on. `pins`: the digest of the card as it stands, or as it was approved. */
export function approvalDetail(
  approval: Approval,
  about: { readonly gate: Gate | undefined; readonly reader: Reader; readonly pins: string | null },
): z.output<typeof ApprovalDetail> {
  const { id, title, policy, reason, requestedByName, model, version, decisions } = approval
  const why = whyNot(approval, about.reader)
  return {
    id,
    title,
    policy,
    reason,
    askedBy: requestedByName,
    needs: (about.gate?.checks ?? []).map(needOf),
    mayDecide: approval.state === 'requested' && why === null,
    refusal: approval.state === 'requested' ? why : approval.sentence,
    pins: approval.pins ?? about.pins,
    subject: { name: `${model} v${version}`, to: `/models/${encodeURIComponent(model)}?version=${version}` },
    decisions: decisions.map(({ byName, decision, reason: said, atMs }) => ({
      by: byName,
      decision,
      reason: said,
      atMs,
    })),
  }
}

/** Why the reader may not approve, in a sentence; null when they may. */
export function whyNot(approval: Approval, reader: Reader): string | null {
  const rule = refusal(approval, reader)
  if (rule !== null) return `${rule} Someone else must approve it.`
  return approval.decisions.some((decision) => decision.by === reader.id) ? 'You have approved this already.' : null
}

function given(approval: Approval): number {
  return approval.decisions.filter((decision) => decision.decision === 'approved').length
}

function needOf(check: GateCheck) {
  const { name, verdict, sentence, override } = check
  if (override !== null && verdict !== 'pass') {
    return { name, state: 'warn' as const, found: `${sentence}; overridden by ${override.by}: ${override.reason}` }
  }
  return {
    name,
    state: verdict === 'pass' ? ('ok' as const) : verdict === 'fail' ? ('bad' as const) : ('warn' as const),
    found: sentence,
  }
}
