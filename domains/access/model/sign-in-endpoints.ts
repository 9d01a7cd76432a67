import { Done, endpoint, EpochMs, event, page, ref } from '@millrace/contract'
import { z } from 'zod'
import { AccountName, Limits, Password, PermissionPattern, Session, Token, User } from './entities.ts'
import { accessProblem } from './problems.ts'

const administer = { permission: 'access:administer' } as const
/** What is the caller’s own needs no role; a limited token has to reach it all the same. */
const own = { permission: 'access:read', on: () => ref('self', 'self') } as const
const changeOwn = { permission: 'access:write', on: () => ref('self', 'self') } as const

/** Served as a route: hashing a password takes milliseconds, which no transaction waits for. */
export const setPassword = endpoint({
  name: 'access.set-password',
  method: 'PUT',
  path: '/users/{id}/password',
  summary: 'Sets the password of an account and ends its sessions',
  needs: administer,
  input: z.object({ id: z.string().min(1).max(128), password: Password }),
  output: Done,
  problems: [accessProblem['no-such-user']],
})

/** Served as a route, as `setPassword` is. */
export const changePassword = endpoint({
  name: 'access.change-password',
  method: 'PUT',
  path: '/me/password',
  summary: 'Changes the caller’s own password and ends the other sessions',
  needs: changeOwn,
  input: z.object({ current: z.string().max(1024), password: Password }),
  output: Done,
  problems: [accessProblem['no-account'], accessProblem['wrong-current-password'], accessProblem['same-password']],
})

/** Not served: the route above it has hashed the password. */
export const keepPassword = endpoint({
  name: 'access.keep-password',
  method: 'PUT',
  path: '/kept-passwords/{userId}',
  summary: 'Records the hash of a password',
  needs: changeOwn,
  input: z.object({
    userId: z.string(),
    hash: z.string(),
    /** A session that goes on; the others end. */
    keepSession: z.string().optional(),
  }),
  output: Done,
})

/** Not served: makes an account that can sign in at once. */
export const addAccount = endpoint({
  name: 'access.add-account',
  method: 'POST',
  path: '/added-accounts',
  summary: 'Makes a person’s account with the hash of its password',
  needs: administer,
  input: z.object({ name: AccountName, roles: z.array(z.string()).default([]), hash: z.string() }),
  output: User,
  problems: [accessProblem['name-taken']],
})

/** Served as a route: whoever knows the password needs no other permission. */
export const signIn = endpoint({
  name: 'access.sign-in',
  method: 'POST',
  path: '/session',
  scope: 'server',
  summary: 'Signs in with name and password; the session is in a cookie that scripts cannot read',
  needs: changeOwn,
  input: z.object({
    name: z.string().min(1).max(128),
    password: z.string().min(1).max(1024),
    /** Where the account was made. */
    workspace: z.string().min(1).max(63).default('default'),
  }),
  output: z.object({ user: z.object({ id: z.string(), name: z.string() }), expiresAtMs: EpochMs }),
  problems: [accessProblem['wrong-password'], accessProblem['too-many-attempts']],
})

/** Served as a route: it may write a new cookie. */
export const readSession = endpoint({
  name: 'access.read-session',
  method: 'GET',
  path: '/session',
  scope: 'server',
  summary: 'Says who is signed in and how one may sign in; changes the cookie’s secret from time to time',
  needs: own,
  input: z.object({}),
  output: z.object({
    user: z.object({ id: z.string(), name: z.string() }).nullable(),
    expiresAtMs: EpochMs.nullable(),
    sessionId: z.string().nullable(),
    /** How one may sign in here: `oidc` starts at `/session/oidc`. */
    methods: z.array(z.enum(['local', 'password', 'oidc', 'token'])),
  }),
})

/** Served as a route: it takes the cookie back. */
export const signOut = endpoint({
  name: 'access.sign-out',
  method: 'DELETE',
  path: '/session',
  scope: 'server',
  summary: 'Ends the session of this browser',
  needs: changeOwn,
  input: z.object({}),
  output: Done,
})

/** Not served: the sign-in routes have checked who it is. */
export const openSession = endpoint({
  name: 'access.open-session',
  method: 'POST',
  path: '/opened-sessions',
  summary: 'Records a session whose secret the server has made',
  needs: administer,
  input: z.object({
    userId: z.string(),
    hash: z.string().length(64),
    method: z.enum(['password', 'oidc']),
    client: z.string().max(300),
    expiresAtMs: EpochMs,
  }),
  output: Session,
})

export const listSessions = endpoint({
  name: 'access.list-sessions',
  method: 'GET',
  path: '/me/sessions',
  summary: 'Lists the caller’s own sessions, newest first',
  needs: own,
  input: z.object({}),
  output: page(Session),
  problems: [accessProblem['no-account']],
})

export const endSession = endpoint({
  name: 'access.end-session',
  method: 'DELETE',
  path: '/me/sessions/{id}',
  summary: 'Ends one of the caller’s own sessions',
  needs: changeOwn,
  input: z.object({ id: z.string() }),
  output: Done,
  problems: [accessProblem['no-such-session'], accessProblem['no-account']],
})

export const createOwnToken = endpoint({
  name: 'access.create-own-token',
  method: 'POST',
  path: '/me/tokens',
  summary: 'Makes a token of the caller’s own; its secret is in this answer and nowhere else',
  secretAnswer: true,
  needs: changeOwn,
  input: z.object({
    name: z.string().min(1).max(128),
    expiresAtMs: EpochMs.optional(),
    scopes: z.array(PermissionPattern).min(1).max(100).optional(),
  }),
  output: Token.extend({ token: z.string() }),
  problems: [accessProblem['no-account'], accessProblem['expiry-in-the-past'], accessProblem['scope-too-wide']],
  status: 201,
})

export const listOwnTokens = endpoint({
  name: 'access.list-own-tokens',
  method: 'GET',
  path: '/me/tokens',
  summary: 'Lists the caller’s own tokens, newest first, without their secrets',
  needs: own,
  input: z.object({}),
  output: page(Token),
  problems: [accessProblem['no-account']],
})

export const revokeOwnToken = endpoint({
  name: 'access.revoke-own-token',
  method: 'DELETE',
  path: '/me/tokens/{id}',
  summary: 'Revokes one of the caller’s own tokens',
  needs: changeOwn,
  input: z.object({ id: z.string() }),
  output: Token,
  problems: [accessProblem['no-such-token'], accessProblem['no-account']],
})

/** Served as a route: it writes a file, which no transaction can take back. */
export const rotateSecrets = endpoint({
  name: 'access.rotate-secrets',
  method: 'POST',
  path: '/secrets/rotation',
  scope: 'server',
  summary: 'Makes a new key and seals every stored secret with it',
  needs: { permission: 'access:administer', on: () => ref('server', 'server') },
  input: z.object({
    /** False where the new key was given by the settings already. */
    newKey: z.boolean().default(true),
    /** Drop the older keys: backups of the database made so far then hold secrets that nothing opens. */
    forgetOld: z.boolean().default(false),
  }),
  output: z.object({
    keyId: z.string().nullable(),
    resealed: z.number().int(),
    forgotten: z.number().int(),
  }),
})

/** Not served: the rotation's route has made the key. */
export const resealSecrets = endpoint({
  name: 'access.reseal-secrets',
  method: 'POST',
  path: '/resealed-secrets',
  summary: 'Seals every stored secret with the newest key',
  needs: { permission: 'access:administer', on: () => ref('server', 'server') },
  input: z.object({}),
  output: z.object({ resealed: z.number().int() }),
})

export const putLimits = endpoint({
  name: 'access.put-limits',
  method: 'PUT',
  path: '/users/{id}/limits',
  summary: 'Says how much an account may ask for',
  needs: administer,
  input: Limits.partial().extend({ id: z.string().min(1).max(128) }),
  output: Limits,
  problems: [accessProblem['no-such-user']],
})

/** Not served: the provider has said who it is. */
export const admitIdentity = endpoint({
  name: 'access.admit-identity',
  method: 'POST',
  path: '/admitted-identities',
  summary:
    'Finds or makes the account of somebody whom an OpenID Connect provider knows, and gives it the roles of their groups',
  needs: administer,
  input: z.object({
    issuer: z.string().max(500),
    subject: z.string().min(1).max(500),
    name: z.string().min(1).max(128),
    /** Roles on the workspace by the provider's groups; those given so before and no longer named are taken back. */
    roles: z.array(z.string()),
    /** Roles the provider's groups decide; others stay as they are. */
    managedRoles: z.array(z.string()),
  }),
  output: User,
})

export const sessionOpened = event('access.session.opened', z.object({ id: z.string(), userId: z.string() }))
export const sessionEnded = event('access.session.ended', z.object({ id: z.string(), userId: z.string() }))
export const passwordChanged = event('access.password.changed', z.object({ id: z.string(), name: z.string() }))
export const limitsChanged = event('access.limits.changed', z.object({ id: z.string(), name: z.string() }))
