import type { Api } from '@millrace/ui/data'
import type { Sentence, State } from '@millrace/ui/parts'

export interface ApprovalRow {
  id: string
  title: Sentence
  askedBy: string
  askedAtMs: number
  given: number
  required: number
  expiresAtMs: number | null
  state: 'requested' | 'approved' | 'rejected' | 'expired' | 'revoked'
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
  policy: string | null
  /** What the asker wrote. */
  reason: string | null
  askedBy: string
  needs: readonly { name: string; state: State; found: string }[]
  /** Whether the reader may decide, and if not the rule in words. */
  mayDecide: boolean
  refusal: string | null
  /** Digest of what is approved; a change asks again. */
  pins: string | null
  subject: { name: string; to: string | null }
  decisions: readonly { by: string; decision: 'approved' | 'rejected'; reason: string | null; atMs: number }[]
}

export const approvalsTopics = ['governance'] as const

export function loadApprovals(api: Api, shown: string, chosen: string, signal: AbortSignal): Promise<ApprovalsView> {
  return api.get<ApprovalsView>('views/approvals', {
    query: { shown, chosen: chosen === '' ? undefined : chosen },
    signal,
  })
}

export function decide(
  api: Api,
  act: { approval: string; verb: 'approve' | 'reject'; reason: string },
): Promise<unknown> {
  return api.post<unknown>(`approvals/${act.approval}/${act.verb}`, act.reason === '' ? {} : { reason: act.reason })
}
