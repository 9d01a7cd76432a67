import { pageOf } from '@millrace/contract'
import * as contract from '../contract.ts'
import { query } from '../store/governance-store.ts'
import { findApproval } from './settle-approval.ts'

/** An approval by id. Throws `no-such-approval`. */
export const readApproval = query(contract.readApproval, ({ store, input }) => findApproval(store, input.id))

export const listApprovals = query(contract.listApprovals, async ({ store, input }) => {
  const found = await store.approvals.list(input)
  return pageOf(
    found,
    input.limit,
    (approval) => [approval.requestedAtMs, approval.id],
    (approval) => approval,
  )
})
