import { pageOf } from '@millrace/contract'
import * as contract from '../contract.ts'
import { accessProblem } from '../contract.ts'
import { pageStart } from '../model/page-start.ts'
import type { AccessStore } from '../store/access-store.ts'
import { query } from '../store/access-store.ts'
import { showGrant } from '../store/grants.ts'

/** The grants of the workspace, newest first. */
export const listGrants = query(contract.listGrants, async ({ store, input }) => {
  const wanted = input.user
  const holder = wanted === undefined ? undefined : await findHolder(store, wanted)
  if (wanted !== undefined && holder === undefined) throw accessProblem['no-such-user']({ user: wanted })
  const rows = await store.grants.list(input.limit + 1, pageStart(input.pageToken), {
    userId: holder?.id,
    kind: input.kind,
    id: input.id,
  })
  return pageOf(rows, input.limit, (row) => [row.id], showGrant)
})

/** An account by name or id, or a group by its id. */
async function findHolder(store: AccessStore, nameOrId: string): Promise<{ readonly id: string } | undefined> {
  const user = (await store.users.find(nameOrId)) ?? (await store.users.findAnywhere(nameOrId))
  return user ?? store.groups.byId(nameOrId)
}
