import type { Ref } from '@millrace/contract'
import { Done, endpoint, EpochMs, event, Name, page, PageQuery, ref } from '@millrace/contract'
import { z } from 'zod'
import {
  AccountName,
  Grant,
  Me,
  PermissionPattern,
  Role,
  RoleSpec,
  Target,
  Token,
  User,
  Workspace,
  WorkspaceName,
} from './model/entities.ts'
import { accessProblem } from './model/problems.ts'

export * from './model/entities.ts'
export { accessProblem } from './model/problems.ts'
export * from './model/sign-in-endpoints.ts'
export * from './model/group-endpoints.ts'

const administer = { permission: 'access:administer' } as const

export const readMe = endpoint({
  name: 'access.read-me',
  method: 'GET',
  path: '/me',
  summary: 'Says who sends the request, and with which roles',
  needs: { permission: 'access:read', on: () => ref('self', 'self') },
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
    name: AccountName,
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
  summary: 'Disables an account and revokes its tokens, or forgets it so that its name is free; the audit keeps both',
  needs: administer,
  input: z.object({
    id: z.string(),
    /** Take its groups, grants and password, too. */
    forget: z.union([z.boolean(), z.stringbool()]).default(false),
  }),
  output: User,
  problems: [accessProblem['no-such-user'], accessProblem['last-administrator']],
})

export const setAdministrator = endpoint({
  name: 'access.set-administrator',
  method: 'PUT',
  path: '/users/{id}/administrator',
  summary: 'Makes an account an administrator of the whole server, or takes that back',
  needs: { permission: 'access:administer', on: () => ref('server', 'server') },
  input: z.object({ id: z.string().min(1).max(128), administrator: z.boolean() }),
  output: User,
  problems: [accessProblem['no-such-user'], accessProblem['last-administrator']],
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

/**
 * Whoever administers a thing decides about it. A grant on the workspace is on this one, whatever it is called; what is no
 * thing (one's own, a list) is the workspace's administrator's to decide.
 */
function grantPlace(on: z.infer<typeof Target> | undefined): Ref {
  const isThing = on !== undefined && !['workspace', 'self', 'list'].includes(on.kind)
  return isThing ? on : ref('workspace', '')
}

export const createGrant = endpoint({
  name: 'access.create-grant',
  method: 'POST',
  path: '/grants',
  summary: 'Gives an account a role on one thing, or keeps it from it',
  needs: { permission: 'access:administer', on: (input) => grantPlace(input.on) },
  input: z.object({
    /** Name of an account of this workspace, or the id of an account or a group. */
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
  input: PageQuery.extend({
    user: z.string().max(128).optional(),
    kind: z.string().max(64).optional(),
    id: z.string().max(256).optional(),
  }),
  output: page(Grant),
})

export const changeGrant = endpoint({
  name: 'access.change-grant',
  method: 'PATCH',
  path: '/grants/{id}',
  summary: 'Gives another role on the same thing, or turns a grant round',
  needs: administer,
  input: z.object({ id: z.string(), role: Name.optional(), effect: z.enum(['allow', 'deny']).optional() }),
  output: Grant,
  problems: [accessProblem['no-such-grant'], accessProblem['no-such-role'], accessProblem['name-taken']],
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

const workspaceFields = {
  description: z.string().max(1000),
  artifactRoot: z.string().max(2000).nullable(),
}
const workspaceNamed = z.object({ name: WorkspaceName })

export const createWorkspace = endpoint({
  name: 'access.create-workspace',
  method: 'POST',
  path: '/workspaces',
  scope: 'server',
  summary: 'Makes a workspace; whoever makes it administers it',
  needs: administer,
  input: z.object({
    name: WorkspaceName,
    description: workspaceFields.description.default(''),
    artifactRoot: workspaceFields.artifactRoot.default(null),
  }),
  output: Workspace,
  problems: [accessProblem['name-taken']],
  status: 201,
})

export const listWorkspaces = endpoint({
  name: 'access.list-workspaces',
  method: 'GET',
  path: '/workspaces',
  scope: 'server',
  summary: 'Lists the workspaces of this server that the caller has a part in',
  needs: { permission: 'access:read', on: () => ref('self', 'self') },
  input: z.object({}),
  output: page(Workspace),
})

export const readWorkspace = endpoint({
  name: 'access.read-workspace',
  method: 'GET',
  path: '/workspace',
  summary: 'Reads this workspace',
  needs: { permission: 'access:read' },
  input: z.object({}),
  output: Workspace,
})

export const changeWorkspace = endpoint({
  name: 'access.change-workspace',
  method: 'PATCH',
  path: '/workspaces/{name}',
  scope: 'server',
  summary: 'Describes a workspace, or renames one that is empty',
  needs: { permission: 'access:administer', on: (input) => ref('workspace', input.name) },
  input: workspaceNamed.extend({ ...z.object(workspaceFields).partial().shape, newName: WorkspaceName.optional() }),
  output: Workspace,
  problems: [
    accessProblem['no-such-workspace'],
    accessProblem['name-taken'],
    accessProblem['default-workspace'],
    accessProblem['workspace-not-empty'],
  ],
})

export const deleteWorkspace = endpoint({
  name: 'access.delete-workspace',
  method: 'DELETE',
  path: '/workspaces/{name}',
  scope: 'server',
  summary: 'Deletes a workspace that is empty',
  needs: administer,
  input: workspaceNamed,
  output: Done,
  problems: [
    accessProblem['no-such-workspace'],
    accessProblem['default-workspace'],
    accessProblem['workspace-not-empty'],
  ],
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
const WorkspaceEvent = z.object({ name: z.string() })
export const workspaceCreated = event('access.workspace.created', WorkspaceEvent, (payload) => payload.name)
export const workspaceChanged = event('access.workspace.changed', WorkspaceEvent, (payload) => payload.name)
export const workspaceDeleted = event('access.workspace.deleted', WorkspaceEvent, (payload) => payload.name)
