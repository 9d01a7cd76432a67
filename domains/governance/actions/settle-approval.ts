import { ref } from '@millrace/contract'
import type { ActionContext, AuditEntry, LineageEdge, Outcome } from '@millrace/kernel'
import { setApproval } from '@millrace/model-registry'
import type { Approval } from '../contract.ts'
import { approvalDecided, problem } from '../contract.ts'
import type { GovernanceStore } from '../store/governance-store.ts'
import { cardOf } from './card-of.ts'

type Context = Pick<ActionContext<GovernanceStore, unknown>, 'store' | 'call' | 'ask' | 'nowMs' | 'newId'>

const onVersion = { approved: 'approved', rejected: 'rejected', expired: 'none', revoked: 'none' } as const

/** An approval by id. Throws `no-such-approval`. */
export async function findApproval(store: GovernanceStore, id: string): Promise<Approval> {
  const found = await store.approvals.find(id)
  if (found === undefined) throw problem['no-such-approval']({ id })
  return found
}

/**
 * Keeps a decision. When it ends the approval, the version's approval changes in the same transaction; an approval also
 * freezes the card it stands for and pins its digest.
 */
export async function settle(context: Context, before: Approval, decided: Approval): Promise<Outcome<Approval>> {
  const { store, call } = context
  const { id, state, subject } = decided
  const audit: AuditEntry = { object: ref('approval', id), before, after: decided, ...reasonOf(decided) }
  if (state === 'requested') {
    await store.approvals.save(decided)
    return { answer: decided, audit }
  }
  const frozen = state === 'approved' ? await freezeCard(context, decided) : undefined
  const after = frozen === undefined ? decided : { ...decided, pins: frozen.digest }
  await store.approvals.save(after)
  await call(setApproval, { versionId: subject.id, approval: onVersion[state] })
  return {
    answer: after,
    events: [approvalDecided({ id, subject, state })],
    audit: { ...audit, after },
    edges: frozen === undefined ? [] : edgesOf(after, frozen.id),
  }
}

async function freezeCard(context: Context, approval: Approval): Promise<{ id: string; digest: string }> {
  const card = await cardOf(context, approval.subject.id)
  const frozen = { id: context.newId('card'), approvalId: approval.id, digest: card.digest, atMs: context.nowMs }
  await context.store.cards.freeze(card, frozen)
  return frozen
}

function edgesOf({ id, subject }: Approval, cardId: string): LineageEdge[] {
  const version = ref(subject.kind, subject.id)
  return [
    { from: version, type: 'approved_by', to: ref('approval', id) },
    { from: version, type: 'validated_by', to: ref('model-card', cardId) },
  ]
}

function reasonOf(approval: Approval): { reason?: string } {
  const reason = approval.decisions.at(-1)?.reason ?? null
  return reason === null ? {} : { reason }
}
