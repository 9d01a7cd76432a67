import { operations } from '@millrace/kernel'
import type { Db } from '@millrace/kernel/db'
import { grants } from './grants.ts'
import { groups } from './groups.ts'
import { identities } from './identities.ts'
import { limits } from './limits.ts'
import { passwords } from './passwords.ts'
import { roles } from './roles.ts'
import { sessions } from './sessions.ts'
import { tokens } from './tokens.ts'
import { users } from './users.ts'
import { workspaces } from './workspaces.ts'

/** Everything access keeps, for one workspace. */
export function accessStore(db: Db, workspace: string) {
  return {
    users: users(db, workspace),
    tokens: tokens(db, workspace),
    roles: roles(db, workspace),
    grants: grants(db, workspace),
    groups: groups(db, workspace),
    passwords: passwords(db, workspace),
    sessions: sessions(db, workspace),
    identities: identities(db, workspace),
    limits: limits(db, workspace),
    workspaces: workspaces(db),
    /** The store of another workspace: to give whoever makes one the right to administer it. */
    grantsIn: (other: string) => grants(db, other),
  }
}
export type AccessStore = ReturnType<typeof accessStore>

export const { action, query } = operations(accessStore)
