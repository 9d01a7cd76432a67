import type { Chore, Domain, Runtime } from '@millrace/kernel'
import { createGrant } from './actions/create-grant.ts'
import { createToken } from './actions/create-token.ts'
import { createUser } from './actions/create-user.ts'
import { createWorkspace } from './actions/create-workspace.ts'
import { deleteGrant } from './actions/delete-grant.ts'
import { disableUser } from './actions/disable-user.ts'
import { listGrants } from './actions/list-grants.ts'
import { listTokens } from './actions/list-tokens.ts'
import { listUsers } from './actions/list-users.ts'
import { listWorkspaces } from './actions/list-workspaces.ts'
import { putRole } from './actions/put-role.ts'
import { readMe } from './actions/read-me.ts'
import { listRoles, readRole } from './actions/read-roles.ts'
import { revokeToken } from './actions/revoke-token.ts'
import { bootstrapAdmin } from './http/issue-tokens.ts'
import { emptyOnRevocation, tokenCacheOf } from './http/token-cache.ts'
import * as createAccessTables from './store/migrations/0001-create-access.ts'
import { forgetExpiredTokens } from './store/tokens.ts'

export { createUser } from './actions/create-user.ts'
export { createToken } from './actions/create-token.ts'
export { revokeToken } from './actions/revoke-token.ts'
export { createAuthorizer } from './actions/authorize.ts'
export { createAuthenticate } from './http/authenticate.ts'
export type { AuthenticateDeps } from './http/authenticate.ts'
export { issueJobToken } from './http/issue-tokens.ts'
export type { JobToken } from './http/issue-tokens.ts'
export { refuseUnsafeBinding } from './http/refuse-unsafe-binding.ts'

const keptAfterExpiryMs = 30 * 24 * 60 * 60 * 1000

export interface AccessOptions {
  /** The administrator's token where accounts are required; default the variable MILLRACE_ADMIN_TOKEN. */
  readonly adminToken?: string
  /** Shows the first administrator's token, this once; default a line on stderr. */
  readonly announce?: (token: string) => void
}

/** Access: who may do what, where. Implements the kernel's `Authorizer` and `Authenticate` (made before the domain). */
export function createAccess(runtime: Runtime, options: AccessOptions = {}): Domain {
  const { announce = announceOnStderr } = options
  const adminToken = options.adminToken ?? process.env['MILLRACE_ADMIN_TOKEN']
  let stopListening = () => {}
  return {
    name: 'access',
    migrations: { '0001-create-access': createAccessTables },
    operations: [
      readMe,
      createUser,
      listUsers,
      disableUser,
      createToken,
      listTokens,
      revokeToken,
      putRole,
      readRole,
      listRoles,
      createGrant,
      listGrants,
      deleteGrant,
      createWorkspace,
      listWorkspaces,
    ],
    chores: [forgetTokens(runtime)],
    start: async () => {
      stopListening = emptyOnRevocation(tokenCacheOf(runtime.database), runtime.hub)
      if (runtime.config.auth === 'required') await bootstrapAdmin(runtime, adminToken, announce)
    },
    stop: async () => stopListening(),
  }
}

function forgetTokens({ database, nowMs }: Runtime): Chore {
  return {
    name: 'access.forget-expired-tokens',
    everyMs: 3_600_000,
    run: () => database.write((tx) => forgetExpiredTokens(tx, nowMs() - keptAfterExpiryMs)),
  }
}

function announceOnStderr(token: string): void {
  process.stderr.write(`The administrator's token, shown this once: ${token}\n`)
}
