import * as contract from '../contract.ts'
import { query } from '../store/access-store.ts'

/** Who sends the request, with the roles it has on the whole workspace. */
export const readMe = query(contract.readMe, async ({ store, actor, workspace }) => {
  const { id, kind, name, scopes } = actor
  const trusted = kind === 'local' || kind === 'system'
  const roles = trusted ? ['admin'] : ((await store.grants.rolesOf([id])).get(id) ?? [])
  return { actor: { id, kind, name }, roles, workspace, ...(scopes === undefined ? {} : { scopes: [...scopes] }) }
})
