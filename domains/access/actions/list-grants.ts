import { pageOf } from '@millrace/contract'
import * as contract from '../contract.ts'
import { accessProblem } from '../contract.ts'
import { pageStart } from '../model/page-start.ts'
import { query } from '../store/access-store.ts'
import { showGrant } from '../store/grants.ts'

/** The grants of the workspace, newest first. */
export const listGrants = query(contract.listGrants, async ({ store, input }) => {
  const wanted = input.user
  const user =
    wanted === undefined ? undefined : ((await store.users.find(wanted)) ?? (await store.users.findAnywhere(wanted)))
  if (wanted !== undefined && user === undefined) throw accessProblem['no-such-user']({ user: wanted })
  const rows = await store.grants.list(input.limit + 1, pageStart(input.pageToken), user?.id)
  return pageOf(rows, input.limit, (row) => [row.id], showGrant)
})
