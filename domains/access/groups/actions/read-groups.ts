import { pageOf } from '@millrace/contract'
import * as contract from '../../contract.ts'
import { accessProblem } from '../../contract.ts'
import { pageStart } from '../../model/page-start.ts'
import { query } from '../../store/access-store.ts'
import { showGroup } from '../../store/groups.ts'
import { showUser } from '../../store/users.ts'

/** A group with its members. */
export const readGroup = query(contract.readGroup, async ({ store, input }) => {
  const row = await store.groups.find(input.name)
  if (row === undefined) throw accessProblem['no-such-group']({ group: input.name })
  const ids = (await store.groups.members(row.id)).map((member) => member.user_id)
  const roles = await store.grants.rolesOf(ids)
  const members = (await store.users.byIds(ids)).map((user) => showUser(user, roles.get(user.id) ?? []))
  return { ...showGroup(row), members }
})

/** The groups of the workspace by name. */
export const listGroups = query(contract.listGroups, async ({ store, input }) => {
  const rows = await store.groups.list(input.limit + 1, pageStart(input.pageToken) ?? '')
  return pageOf(rows, input.limit, (row) => [row.name], showGroup)
})
