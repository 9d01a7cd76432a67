import type { Chore, Domain, Runtime } from '@millrace/kernel'
import { changeWorkspace, deleteWorkspace } from './actions/change-workspace.ts'
import { createGrantOf } from './actions/create-grant.ts'
import { createOwnToken, createToken } from './actions/create-token.ts'
import { createUser } from './actions/create-user.ts'
import { createWorkspace } from './actions/create-workspace.ts'
import { changeGrant, deleteGrant } from './actions/delete-grant.ts'
import { disableUser } from './actions/disable-user.ts'
import { emptyOnChange, grantCacheOf } from './store/grant-cache.ts'
import { listGrants } from './actions/list-grants.ts'
import { listOwnTokens, listTokens } from './actions/list-tokens.ts'
import { listUsers } from './actions/list-users.ts'
import { listWorkspaces, readWorkspace } from './actions/list-workspaces.ts'
import { putLimits } from './actions/put-limits.ts'
import { putRole } from './actions/put-role.ts'
import { readMe } from './actions/read-me.ts'
import { listRoles, readRole } from './actions/read-roles.ts'
import { revokeOwnToken, revokeToken } from './actions/revoke-token.ts'
import { setAdministrator } from './actions/set-administrator.ts'
import { changePassword, readSession, rotateSecrets, setPassword, signIn, signOut } from './contract.ts'
import { joinGroup, leaveGroup } from './groups/actions/members.ts'
import { deleteGroup, putGroup } from './groups/actions/put-group.ts'
import { listGroups, readGroup } from './groups/actions/read-groups.ts'
import { needsAccounts } from './http/authenticate.ts'
import { bootstrapAdmin } from './http/bootstrap-admin.ts'
import { emptyOnRevocation, tokenCacheOf } from './http/token-cache.ts'
import { endSession, listSessions } from './sign-in/actions/sessions.ts'
import { routeSignIn } from './sign-in/http/routes.ts'
import * as createAccessTables from './store/migrations/0001-create-access.ts'
import * as addSignIn from './store/migrations/0002-add-sign-in.ts'
import { forgetEndedSessions, noteSessionUse } from './store/sessions.ts'
import { forgetExpiredTokens, noteTokenUse } from './store/tokens.ts'

export { changeWorkspace, deleteWorkspace } from './actions/change-workspace.ts'
export { createGrantOf } from './actions/create-grant.ts'
export { createToken } from './actions/create-token.ts'
export { createUser } from './actions/create-user.ts'
export { createWorkspace } from './actions/create-workspace.ts'
export { changeGrant, deleteGrant } from './actions/delete-grant.ts'
export { disableUser } from './actions/disable-user.ts'
export { listGrants } from './actions/list-grants.ts'
export { listUsers } from './actions/list-users.ts'
export { listWorkspaces, readWorkspace } from './actions/list-workspaces.ts'
export { revokeToken } from './actions/revoke-token.ts'
export { setAdministrator } from './actions/set-administrator.ts'
export { identityOf } from './actions/authorize.ts'
export { createAuthorizer } from './http/authorizer.ts'
export type { AuthorizerDeps } from './http/authorizer.ts'
export { joinGroup, leaveGroup } from './groups/actions/members.ts'
export { deleteGroup, putGroup } from './groups/actions/put-group.ts'
export { listGroups, readGroup } from './groups/actions/read-groups.ts'
export { createAuthenticate } from './http/authenticate.ts'
export type { AuthenticateDeps } from './http/authenticate.ts'
export { issueJobToken } from './http/issue-tokens.ts'
export type { JobToken } from './http/issue-tokens.ts'
export { refuseUnsafeBinding } from './http/refuse-unsafe-binding.ts'
export { builtInRoles, covers } from './model/permissions.ts'
export { addAccount, keepPassword } from './sign-in/actions/passwords.ts'
export { changeOwnPassword } from './sign-in/http/password-routes.ts'
export { directory } from './store/directory.ts'
export type { GrantRow } from './store/grants.ts'
export type { GroupRow } from './store/groups.ts'
export type { UserRow } from './store/users.ts'
export { hashPassword } from './sign-in/http/password-hash.ts'

const keptAfterExpiryMs = 30 * 24 * 60 * 60 * 1000
const usesEveryMs = 60_000

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
  const stopListening: (() => void)[] = []
  const uses = noteUses(runtime)
  return {
    name: 'access',
    migrations: { '0001-create-access': createAccessTables, '0002-add-sign-in': addSignIn },
    operations: [
      readMe,
      ...accounts(),
      createGrantOf(runtime.resources),
      listGrants,
      changeGrant,
      deleteGrant,
      createWorkspace,
      listWorkspaces,
      readWorkspace,
      changeWorkspace,
      deleteWorkspace,
    ],
    documented: [signIn, readSession, signOut, setPassword, changePassword, rotateSecrets],
    routes: (app) => routeSignIn(app, runtime),
    chores: [forgetEnded(runtime), uses],
    start: async () => {
      stopListening.push(
        emptyOnRevocation(tokenCacheOf(runtime.database), runtime.hub),
        emptyOnChange(grantCacheOf(runtime.database), runtime.hub),
      )
      if (needsAccounts(runtime.config)) await bootstrapAdmin(runtime, { adminToken, announce })
    },
    stop: async () => {
      for (const stop of stopListening) stop()
      await uses.run()
    },
  }
}

/** Operations on accounts and what belongs to them. */
const accounts = () => [
  createUser,
  listUsers,
  disableUser,
  setAdministrator,
  putLimits,
  createToken,
  listTokens,
  revokeToken,
  createOwnToken,
  listOwnTokens,
  revokeOwnToken,
  listSessions,
  endSession,
  putRole,
  readRole,
  listRoles,
  putGroup,
  readGroup,
  listGroups,
  deleteGroup,
  joinGroup,
  leaveGroup,
]

function forgetEnded({ database, nowMs, config }: Runtime): Chore {
  return {
    name: 'access.forget-expired-tokens',
    everyMs: 3_600_000,
    run: () =>
      database.write(async (tx) => {
        await forgetExpiredTokens(tx, nowMs() - keptAfterExpiryMs)
        await forgetEndedSessions(tx, nowMs(), config.sessionIdleMinutes * 60_000)
      }),
  }
}

/** Each process writes down what it has seen itself, so this is no leased chore's work alone: `stop` does it, too. */
function noteUses({ database }: Runtime): Chore {
  const cache = tokenCacheOf(database)
  return {
    name: 'access.note-uses',
    everyMs: usesEveryMs,
    run: async () => {
      const [tokens, sessions] = [cache.takeUses('token'), cache.takeUses('session')]
      if (tokens.size + sessions.size === 0) return
      await database.write(async (tx) => {
        await noteTokenUse(tx, tokens)
        await noteSessionUse(tx, sessions)
      })
    },
  }
}

function announceOnStderr(token: string): void {
  process.stderr.write(`The administrator's token, shown this once: ${token}\n`)
}
