import { Done, endpoint, EpochMs, event, id, Name, page, PageQuery, problems } from '@millrace/contract'
import { z } from 'zod'

const verbs = 'read|write|predict|approve|administer'

/**
 * Permissions by pattern: `datasets:write`, `datasets:*`, `*:read`, or a verb alone (`read` is `*:read`). Used as the
 * permissions of a role and as the limits ("scopes") of a token.
 */
export const PermissionPattern = z
  .string()
  .max(100)
  .regex(
    new RegExp(`^(\\*|(\\*|[a-z][a-z-]*):(\\*|${verbs})|${verbs})$`),
    'write it as domain:verb, domain:*, *:verb or verb; the verbs are read, write, predict, approve and administer',
  )

/** The thing a grant is on: any entity of any domain; `{ kind: 'workspace', id: <its name> }` is everything. */
export const Target = z.object({ kind: z.string().min(1).max(64), id: z.string().min(1).max(256) })

/** Who sends the requests. `local` is the person at a loopback server without accounts. */
export const Me = z.object({
  actor: z.object({ id: z.string(), kind: z.enum(['user', 'service', 'local', 'system']), name: z.string() }),
  /** Roles on the whole workspace. */
  roles: z.array(z.string()),
  workspace: z.string(),
  /** Limits of the token in use; absent when it has all its owner's rights. */
  scopes: z.array(z.string()).optional(),
})

/** An account: a person's (`user`) or a program's (`service`). It is administered in the workspace it was made in. */
export const User = z.object({
  id: id('user'),
  kind: z.enum(['user', 'service']),
  name: z.string(),
  /** Roles on the whole workspace. */
  roles: z.array(z.string()),
  createdAtMs: EpochMs,
  disabledAtMs: EpochMs.nullable(),
})
export type User = z.infer<typeof User>

/** A token, without its secret: only the secret's SHA-256 is kept. */
export const Token = z.object({
  id: id('token'),
  userId: id('user'),
  name: z.string(),
  scopes: z.array(z.string()).nullable(),
  createdAtMs: EpochMs,
  expiresAtMs: EpochMs.nullable(),
  revokedAtMs: EpochMs.nullable(),
})
export type Token = z.infer<typeof Token>

/** What a role allows. */
export const RoleSpec = z.object({
  description: z.string().max(1000).default(''),
  permissions: z.array(PermissionPattern).min(1).max(200),
})
export const Role = z.object({ name: z.string(), builtIn: z.boolean(), spec: RoleSpec })
export type Role = z.infer<typeof Role>

/** A role given to (or, with `deny`, kept from) an account on one thing and everything below it. */
export const Grant = z.object({
  id: id('grant'),
  userId: id('user'),
  role: z.string(),
  on: Target,
  effect: z.enum(['allow', 'deny']),
  createdAtMs: EpochMs,
})
export type Grant = z.infer<typeof Grant>

export const Workspace = z.object({ name: z.string(), createdAtMs: EpochMs })

/** Every way access says no. */
export const accessProblem = problems('access', {
  unauthenticated: {
    status: 401,
    say: (p: { reason: string }) =>
      `${p.reason} Send "Authorization: Bearer mlr_…" with a token of this server; an administrator makes one with POST /tokens.`,
  },
  forbidden: {
    status: 403,
    say: (p: { who: string; permission: string; on: string; roles: string }) =>
      `${p.who} may not do this: it needs ${p.permission} on ${p.on}. Ask an administrator for one of the roles ${p.roles}.`,
  },
  'out-of-scope': {
    status: 403,
    say: (p: { permission: string; scopes: string }) =>
      `This token does not reach that far: it needs ${p.permission}, and the token is limited to ${p.scopes}.`,
  },
  'no-such-workspace': {
    status: 404,
    say: (p: { workspace: string }) =>
      `There is no workspace "${p.workspace}". GET /api/millrace/v1/workspaces lists them.`,
  },
  'no-such-user': { status: 404, say: (p: { user: string }) => `There is no account "${p.user}" in this workspace.` },
  'no-such-token': { status: 404, say: (p: { id: string }) => `There is no token ${p.id} in this workspace.` },
  'no-such-role': {
    status: 404,
    say: (p: { role: string }) => `There is no role "${p.role}". GET /roles lists them; PUT /roles/${p.role} makes it.`,
  },
  'no-such-grant': { status: 404, say: (p: { id: string }) => `There is no grant ${p.id} in this workspace.` },
  'name-taken': {
    status: 409,
    say: (p: { what: string; name: string }) => `There is ${p.what} "${p.name}" already. Choose another name.`,
  },
  disabled: {
    status: 409,
    say: (p: { user: string }) => `The account "${p.user}" is disabled; it gets no new tokens or grants.`,
  },
  'expiry-in-the-past': {
    status: 400,
    say: (p: { expiresAtMs: number }) => `expiresAtMs ${p.expiresAtMs} is in the past. Give a later time, or none.`,
  },
  'scope-too-wide': {
    status: 403,
    say: (p: { scope: string }) => `The token in use does not reach "${p.scope}", so it cannot make one that does.`,
  },
  'built-in-role': {
    status: 409,
    say: (p: { role: string }) => `The role "${p.role}" is built in and stays as it is. Give your role another name.`,
  },
  'unsafe-binding': {
    status: 400,
    say: (p: { host: string }) =>
      `Listening on ${p.host} would open this server to the network without accounts. Start it with "--auth required": its first start prints an administrator's token once, or takes the one in MILLRACE_ADMIN_TOKEN. Or listen on 127.0.0.1.`,
  },
  'weak-admin-token': {
    status: 400,
    say: (p: { minLength: number }) =>
      `MILLRACE_ADMIN_TOKEN is too short. Give it at least ${p.minLength} random characters, for example from "openssl rand -hex 32".`,
  },
})

const administer = { permission: 'access:administer' } as const

export const readMe = endpoint({
  name: 'access.read-me',
  method: 'GET',
  path: '/me',
  summary: 'Says who sends the request, and with which roles',
  needs: { permission: 'access:read' },
  input: z.object({}),
  output: Me,
})

export const createUser = endpoint({
  name: 'access.create-user',
  method: 'POST',
  path: '/users',
  summary: 'Makes an account for a person or a program',
  needs: administer,
  input: z.object({
    name: Name,
    kind: z.enum(['user', 'service']).default('user'),
    roles: z.array(Name).max(20).default(['viewer']),
  }),
  output: User,
  problems: [accessProblem['name-taken'], accessProblem['no-such-role']],
  status: 201,
})

export const listUsers = endpoint({
  name: 'access.list-users',
  method: 'GET',
  path: '/users',
  summary: 'Lists the accounts of this workspace by name',
  needs: { permission: 'access:read' },
  input: PageQuery,
  output: page(User),
})

export const disableUser = endpoint({
  name: 'access.disable-user',
  method: 'DELETE',
  path: '/users/{id}',
  summary: 'Disables an account and revokes its tokens; its name stays in the audit',
  needs: administer,
  input: z.object({ id: z.string() }),
  output: User,
  problems: [accessProblem['no-such-user']],
})

export const createToken = endpoint({
  name: 'access.create-token',
  method: 'POST',
  path: '/tokens',
  summary: 'Makes a token; its secret is in this answer and nowhere else',
  secretAnswer: true,
  needs: administer,
  input: z.object({
    /** Name or id of the account. */
    user: z.string().min(1).max(128),
    name: z.string().min(1).max(128),
    expiresAtMs: EpochMs.optional(),
    scopes: z.array(PermissionPattern).min(1).max(100).optional(),
  }),
  output: Token.extend({ token: z.string() }),
  problems: [
    accessProblem['no-such-user'],
    accessProblem.disabled,
    accessProblem['expiry-in-the-past'],
    accessProblem['scope-too-wide'],
  ],
  status: 201,
})

export const listTokens = endpoint({
  name: 'access.list-tokens',
  method: 'GET',
  path: '/tokens',
  summary: 'Lists tokens, newest first, without their secrets',
  needs: administer,
  input: PageQuery.extend({ user: z.string().max(128).optional() }),
  output: page(Token),
})

export const revokeToken = endpoint({
  name: 'access.revoke-token',
  method: 'DELETE',
  path: '/tokens/{id}',
  summary: 'Revokes a token; the next request with it is refused',
  needs: administer,
  input: z.object({ id: z.string() }),
  output: Token,
  problems: [accessProblem['no-such-token']],
})

export const putRole = endpoint({
  name: 'access.put-role',
  method: 'PUT',
  path: '/roles/{name}',
  summary: 'Makes a role, or changes what it allows',
  needs: administer,
  input: RoleSpec.extend({ name: Name }),
  output: Role,
  problems: [accessProblem['built-in-role']],
})

export const readRole = endpoint({
  name: 'access.read-role',
  method: 'GET',
  path: '/roles/{name}',
  summary: 'Reads what a role allows',
  needs: { permission: 'access:read' },
  input: z.object({ name: z.string() }),
  output: Role,
  problems: [accessProblem['no-such-role']],
})

export const listRoles = endpoint({
  name: 'access.list-roles',
  method: 'GET',
  path: '/roles',
  summary: 'Lists the built-in roles and those of this workspace',
  needs: { permission: 'access:read' },
  input: z.object({}),
  output: page(Role),
})

export const createGrant = endpoint({
  name: 'access.create-grant',
  method: 'POST',
  path: '/grants',
  summary: 'Gives an account a role on one thing, or keeps it from it',
  needs: administer,
  input: z.object({
    /** Name of an account of this workspace, or the id of an account of any. */
    user: z.string().min(1).max(128),
    role: Name,
    on: Target.optional(),
    effect: z.enum(['allow', 'deny']).default('allow'),
  }),
  output: Grant,
  problems: [accessProblem['no-such-user'], accessProblem.disabled, accessProblem['no-such-role']],
  status: 201,
})

export const listGrants = endpoint({
  name: 'access.list-grants',
  method: 'GET',
  path: '/grants',
  summary: 'Lists the grants of this workspace',
  needs: { permission: 'access:read' },
  input: PageQuery.extend({ user: z.string().max(128).optional() }),
  output: page(Grant),
})

export const deleteGrant = endpoint({
  name: 'access.delete-grant',
  method: 'DELETE',
  path: '/grants/{id}',
  summary: 'Takes a grant back',
  needs: administer,
  input: z.object({ id: z.string() }),
  output: Done,
  problems: [accessProblem['no-such-grant']],
})

export const createWorkspace = endpoint({
  name: 'access.create-workspace',
  method: 'POST',
  path: '/workspaces',
  scope: 'server',
  summary: 'Makes a workspace; whoever makes it administers it',
  needs: administer,
  input: z.object({ name: Name.max(63) }),
  output: Workspace,
  problems: [accessProblem['name-taken']],
  status: 201,
})

export const listWorkspaces = endpoint({
  name: 'access.list-workspaces',
  method: 'GET',
  path: '/workspaces',
  scope: 'server',
  summary: 'Lists the workspaces of this server',
  needs: { permission: 'access:read' },
  input: z.object({}),
  output: page(Workspace),
})

/** Not served: the process itself makes tokens for its jobs and for the first administrator. */
export const issueToken = endpoint({
  name: 'access.issue-token',
  method: 'POST',
  path: '/issued-tokens',
  summary: 'Records a token whose secret the server has made itself',
  needs: administer,
  input: z.object({
    account: z.object({ name: Name, kind: z.enum(['user', 'service']), role: z.enum(['editor', 'admin']) }),
    name: z.string().min(1).max(128),
    hash: z.string().length(64),
    expiresAtMs: EpochMs.optional(),
    scopes: z.array(PermissionPattern).max(100).optional(),
    /** Revokes earlier tokens of this name and account. */
    replaces: z.boolean().default(false),
  }),
  output: Token,
})

const Named = z.object({ id: z.string(), name: z.string() })
export const userCreated = event('access.user.created', Named)
export const userDisabled = event('access.user.disabled', Named)
export const tokenIssued = event('access.token.issued', Named.extend({ userId: z.string() }))
export const tokenRevoked = event('access.token.revoked', Named.extend({ userId: z.string() }))
export const roleChanged = event('access.role.changed', z.object({ name: z.string() }), (payload) => payload.name)
export const grantChanged = event(
  'access.grant.changed',
  z.object({ id: z.string(), userId: z.string(), role: z.string(), effect: z.enum(['allow', 'deny', 'none']) }),
)
export const workspaceCreated = event(
  'access.workspace.created',
  z.object({ name: z.string() }),
  (payload) => payload.name,
)
