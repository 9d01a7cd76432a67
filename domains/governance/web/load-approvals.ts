import type { Approval, Gate } from '@millrace/governance/contract'
import type { ModelVersion } from '@millrace/model-registry/contract'
import { orNull, type Api } from '@millrace/ui/data'
import type { Sentence, State } from '@millrace/ui/parts'
import { href } from '@millrace/ui/shell'

export interface ApprovalRow {
  id: string
  title: Sentence
  askedBy: string
  askedAtMs: number
  given: number
  required: number
  expiresAtMs: number | null
  state: Approval['state']
}

export interface ApprovalsView {
  items: readonly ApprovalRow[]
  waiting: number
  mine: number
  chosen: ApprovalDetail | null
}

export interface ApprovalDetail {
  id: string
  title: string
  policy: string
  /** What the asker wrote. */
  reason: string | null
  askedBy: string
  needs: readonly { name: string; state: State; found: string }[]
  /** Whether the reader may decide, and if not the rule in words. */
  mayDecide: boolean
  refusal: string | null
  /** Digest of the card that is approved; a change asks again. */
  pins: string | null
  subject: { name: string; to: string }
  decisions: readonly { by: string; decision: string; good: boolean; reason: string | null; atMs: number }[]
}

/** What is needed of who reads the page. */
export interface Reader {
  id: string
  name: string
}

export const approvalsTopics = ['governance'] as const

export async function loadApprovals(
  api: Api,
  shown: string,
  chosen: string,
  signal: AbortSignal,
): Promise<ApprovalsView> {
  const [all, me] = await Promise.all([
    api.get<{ items: readonly Approval[] }>('approvals', { query: { limit: 200 }, signal }),
    api.get<{ actor: Reader }>('me', { signal }),
  ])
  const waiting = all.items.filter((each) => each.state === 'requested')
  const listed = shown === 'decided' ? all.items.filter((each) => each.state !== 'requested') : waiting
  const picked = all.items.find((each) => each.id === chosen) ?? listed[0]
  const items = picked === undefined || listed.includes(picked) ? listed : [picked, ...listed]
  return {
    items: items.map(approvalRow),
    waiting: waiting.length,
    mine: waiting.filter((each) => refusalOf(each, me.actor) === null).length,
    chosen: picked === undefined ? null : await loadDetail(api, picked, me.actor, signal),
  }
}

function approvalRow(approval: Approval): ApprovalRow {
  return {
    id: approval.id,
    title: [approval.title],
    askedBy: approval.requestedByName,
    askedAtMs: approval.requestedAtMs,
    given: approval.decisions.filter((decision) => decision.decision === 'approved').length,
    required: approval.required,
    expiresAtMs: approval.expiresAtMs,
    state: approval.state,
  }
}

async function loadDetail(api: Api, approval: Approval, me: Reader, signal: AbortSignal): Promise<ApprovalDetail> {
  const at = `model-versions/${approval.subject.id}`
  const [gate, version] = await Promise.all([
    orNull(api.get<Gate>(`${at}/gate`, { signal })),
    orNull(api.get<ModelVersion>(at, { signal })),
  ])
  return approvalDetail(approval, gate, version, me)
}

const verdicts = { pass: 'ok', fail: 'bad', not_enough_evidence: 'warn' } as const

/** What the page shows of one approval. */
export function approvalDetail(
  approval: Approval,
  gate: Gate | null,
  version: ModelVersion | null,
  me: Reader,
): ApprovalDetail {
  const refusal = refusalOf(approval, me)
  return {
    id: approval.id,
    title: approval.title,
    policy: approval.policy,
    reason: approval.reason,
    askedBy: approval.requestedByName,
    needs: (gate?.checks ?? []).map((check) => ({
      name: check.name,
      state: check.override === null ? verdicts[check.verdict] : 'warn',
      found: check.override === null ? check.sentence : `overridden by ${check.override.by}: ${check.override.reason}`,
    })),
    mayDecide: refusal === null,
    refusal,
    pins: approval.pins,
    subject: {
      name: `${approval.model} v${approval.version}`,
      to: `${href('models', version?.model ?? approval.model)}?version=${approval.version}`,
    },
    decisions: approval.decisions.map((decision) => ({
      by: decision.byName,
      decision: decision.decision,
      good: decision.decision === 'approved',
      reason: decision.reason,
      atMs: decision.atMs,
    })),
  }
}

/** Why the reader cannot decide, in a sentence; null when they can. The server decides in the end. */
export function refusalOf(approval: Approval, me: Reader): string | null {
  if (approval.state !== 'requested') return approval.sentence ?? `It is ${approval.state}.`
  if (!approval.separationOfDuties) return null
  if ([me.id, me.name].includes(approval.versionBy))
    return `You wrote v${approval.version}. Someone else must approve it.`
  if (approval.requestedBy === me.id) return 'You asked for this approval. Someone else must give it.'
  return null
}

export function decide(
  api: Api,
  act: { approval: string; verb: 'approve' | 'reject'; reason: string },
): Promise<unknown> {
  return api.post<unknown>(`approvals/${act.approval}/${act.verb}`, act.reason === '' ? {} : { reason: act.reason })
}
