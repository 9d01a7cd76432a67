import { pageOf } from '@millrace/contract'
import * as contract from '../contract.ts'
import { pageStart } from '../model/page-start.ts'
import { query } from '../store/access-store.ts'
import { showUser } from '../store/users.ts'

/** The accounts of the workspace by name. */
export const listUsers = query(contract.listUsers, async ({ store, input }) => {
  const rows = await store.users.list(input.limit + 1, pageStart(input.pageToken) ?? '')
  const roles = await store.grants.rolesOf(rows.map((row) => row.id))
  return pageOf(
    rows,
    input.limit,
    (row) => [row.name],
    (row) => showUser(row, roles.get(row.id) ?? []),
  )
})
