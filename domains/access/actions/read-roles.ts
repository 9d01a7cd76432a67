import * as contract from '../contract.ts'
import { accessProblem } from '../contract.ts'
import { query } from '../store/access-store.ts'

/** One role with what it allows. */
export const readRole = query(contract.readRole, async ({ store, input }) => {
  const role = await store.roles.find(input.name)
  if (role === undefined) throw accessProblem['no-such-role']({ role: input.name })
  return role
})

/** The built-in roles, then those of the workspace by name. */
export const listRoles = query(contract.listRoles, async ({ store }) => ({ items: await store.roles.list() }))
