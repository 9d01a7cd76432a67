import { EpochMs, id } from '@millrace/contract'
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

/** How an account or a group is called: letters of any script, `@`, `.`, spaces inside; no `:` and no `/`. */
export const AccountName = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[^\s:/\\\p{C}]([^:/\\\p{C}]*[^\s:/\\\p{C}])?$/u, 'use letters, digits, "@", "-", "_", "." and spaces inside')

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
  /** For protocols that count accounts. */
  number: z.number().int(),
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
  /** To the minute. */
  lastUsedAtMs: EpochMs.nullable(),
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
  /** An account's id, or a group's. */
  userId: z.string(),
  role: z.string(),
  on: Target,
  effect: z.enum(['allow', 'deny']),
  /** For protocols that count grants. */
  number: z.number().int(),
  createdAtMs: EpochMs,
})
export type Grant = z.infer<typeof Grant>

/** A workspace's name: lower-case letters, digits and hyphens, so that it can stand in addresses and host names. */
export const WorkspaceName = z
  .string()
  .min(2)
  .max(63)
  .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, 'write it with lower-case letters, digits and hyphens, 2 to 63 of them')

/** A world of its own: nothing in it is seen from another. */
export const Workspace = z.object({
  name: z.string(),
  description: z.string(),
  /** Root of new experiments' artifacts; null where the server's own is used. */
  artifactRoot: z.string().nullable(),
  createdAtMs: EpochMs,
})
export type Workspace = z.infer<typeof Workspace>

/** Accounts that share grants: a grant to the group is one to each of its members. */
export const Group = z.object({
  id: id('group'),
  /** For protocols that count groups. */
  number: z.number().int(),
  name: z.string(),
  description: z.string(),
  createdAtMs: EpochMs,
})
export type Group = z.infer<typeof Group>

/** How much one account may ask for; null is the server's own setting. */
export const Limits = z.object({
  requestsPerSecond: z.number().positive().max(1_000_000).nullable(),
  /** How many requests may come at once after a rest. */
  burst: z.number().int().positive().max(1_000_000).nullable(),
  /** Largest body of one request. */
  bodyBytes: z.number().int().positive().nullable(),
})
export type Limits = z.infer<typeof Limits>

/** A password: as long as it takes to withstand guessing; no rules about its characters. */
export const Password = z.string().min(12, 'a password has at least 12 characters').max(1024)

/** Somebody signed in with a browser. */
export const Session = z.object({
  id: id('session'),
  userId: id('user'),
  method: z.enum(['password', 'oidc']),
  /** What the browser said it is. */
  client: z.string(),
  createdAtMs: EpochMs,
  lastUsedAtMs: EpochMs,
  expiresAtMs: EpochMs,
})
export type Session = z.infer<typeof Session>
