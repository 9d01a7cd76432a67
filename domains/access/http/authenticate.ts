import { createHmac, randomBytes } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { userInfo } from 'node:os'
import type { Actor, Authenticate, Config } from '@millrace/kernel'
import type { Database } from '@millrace/kernel/db'
import { accessProblem } from '../contract.ts'
import { isLoopback } from '../model/loopback.ts'
import { sessionSecretOf } from '../sign-in/http/session-cookie.ts'
import { passwordVerifierOf } from '../sign-in/http/verify-password.ts'
import { standingOf } from '../sign-in/model/session-times.ts'
import { limitsOf } from '../store/limits.ts'
import { dropSession, sessionHolderOf } from '../store/sessions.ts'
import type { TokenHolder } from '../store/tokens.ts'
import { hashOf, holderOf } from '../store/tokens.ts'
import type { Credential } from './credential.ts'
import { credentialOf } from './credential.ts'
import type { CachedActor } from './token-cache.ts'
import { tokenCacheOf } from './token-cache.ts'

/** Headers by which a proxy says that somebody else is behind it. */
const forwardedHeaders = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip', 'via']

export interface AuthenticateDeps {
  readonly database: Database
  readonly config: Pick<Config, 'host' | 'auth' | 'trustProxy' | 'appName' | 'sessionIdleMinutes'>
  readonly nowMs: () => number
}

type Found = Omit<CachedActor, 'untilMs'>

/**
 * Makes the kernel's `Authenticate`. A token, in `Authorization: Bearer` or as the password of Basic, is always its
 * account; so is a name with its password in Basic, and a browser's session. Without any of them a request is the local
 * person's, if the server listens on loopback, accounts are not required, and the request comes from this machine with no
 * proxy between. Throws `access/unauthenticated`, `access/wrong-password`, `access/too-many-attempts`.
 */
export function createAuthenticate(deps: AuthenticateDeps): Authenticate {
  const { database, config, nowMs } = deps
  const cache = tokenCacheOf(database)
  const open = !needsAccounts(config) && isLoopback(config.host)
  const local: Actor = { id: 'local', kind: 'local', name: nameOfThePerson() }
  const keyOf = createKeys()
  return async ({ headers, remoteAddress }) => {
    const credential = credentialOf(headers.authorization, sessionSecretOf(headers))
    if (credential === 'unreadable') throw refusal('The Authorization header is neither Bearer nor Basic.')
    if (credential === undefined) {
      requireLocal(open, config.trustProxy, headers, remoteAddress)
      return local
    }
    const key = keyOf(credential, remoteAddress)
    const cached = cache.get(key, nowMs())
    if (cached !== undefined) {
      requireUnexpired(cached.expiresAtMs, nowMs())
      return cached.actor
    }
    const actor = await cache.fill(key, nowMs(), () => read(deps, credential, key, remoteAddress))
    if (actor !== undefined) return actor
    if (credential.kind !== 'session') throw refusal('This token is not known here, or was revoked.')
    // A browser keeps the cookie of a session that has ended; on an open server it is the local person's again.
    if (!open) throw refusal('This session has ended; sign in again.')
    requireLocal(open, config.trustProxy, headers, remoteAddress)
    return local
  }
}

/** True where nobody is let in without an account. */
export function needsAccounts(config: Pick<Config, 'auth' | 'appName'>): boolean {
  return config.auth === 'required' || config.appName === 'basic-auth'
}

/**
 * What a credential is called in the cache: nothing that could be used outside this process. A password is known by the
 * address it came from, so that one who guesses from elsewhere has to pass the throttle.
 */
function createKeys(): (credential: Credential, address: string) => string {
  const processKey = randomBytes(32)
  return (credential, address) => {
    if (credential.kind !== 'password') return hashOf(credential.secret)
    const { workspace, name, password } = credential
    return createHmac('sha256', processKey).update(`${address}\0${workspace}/${name}\0${password}`).digest('base64')
  }
}

async function read(
  deps: AuthenticateDeps,
  credential: Credential,
  key: string,
  address: string,
): Promise<Found | undefined> {
  if (credential.kind === 'password') {
    // The administrator's own token may have any form, and comes as a password where a client knows no other way.
    return (await readToken(deps, hashOf(credential.password))) ?? readByPassword(deps, credential, address)
  }
  return credential.kind === 'session' ? readSession(deps, key) : readToken(deps, key)
}

async function readToken({ database, nowMs }: AuthenticateDeps, hash: string): Promise<Found | undefined> {
  const holder = await holderOf(database.reader, hash)
  if (holder === undefined) return undefined
  requireUnexpired(holder.expiresAtMs, nowMs())
  const actor = await withLimits(database, tokenActor(holder))
  return { actor, expiresAtMs: holder.expiresAtMs, use: { kind: 'token', id: holder.tokenId } }
}

async function readSession(deps: AuthenticateDeps, hash: string): Promise<Found | undefined> {
  const { database, config, nowMs } = deps
  const holder = await sessionHolderOf(database.reader, hash)
  if (holder === undefined) return undefined
  const lastUsedAtMs = Math.max(holder.lastUsedAtMs, tokenCacheOf(database).lastUse('session', holder.sessionId))
  const idleMs = config.sessionIdleMinutes * 60_000
  const standing = standingOf({ ...holder, lastUsedAtMs }, holder.hash !== hash, idleMs, nowMs())
  if (standing === 'stolen') await database.write((tx) => dropSession(tx, holder.sessionId))
  if (standing !== 'open') return undefined
  const { userId, kind, userName: name, sessionId, expiresAtMs } = holder
  const actor = await withLimits(database, { id: userId, kind, name })
  return { actor, expiresAtMs, use: { kind: 'session', id: sessionId } }
}

async function readByPassword(
  { database, nowMs }: AuthenticateDeps,
  { workspace, name, password }: Extract<Credential, { kind: 'password' }>,
  address: string,
): Promise<Found> {
  const holder = await passwordVerifierOf(database, nowMs).verify({ workspace, name, password, address })
  const { userId, kind, userName } = holder
  return { actor: await withLimits(database, { id: userId, kind, name: userName }), expiresAtMs: null }
}

async function withLimits(database: Database, actor: Actor): Promise<Actor> {
  const limits = await limitsOf(database.reader, actor.id)
  return limits === undefined ? actor : { ...actor, limits }
}

function requireLocal(open: boolean, trustProxy: boolean, headers: IncomingHttpHeaders, remoteAddress: string): void {
  if (!open) throw refusal('This server needs a token.')
  const forwarded = forwardedHeaders.some((name) => headers[name] !== undefined)
  if (forwarded && !trustProxy) {
    throw refusal('This request came through a proxy, so it is not taken for the local person’s.')
  }
  // Behind a trusted proxy this is the address of whoever is behind it.
  if (!isLoopback(remoteAddress)) throw refusal('This request does not come from this machine.')
}

/** A program's actor is named after its token, so that the audit tells one job from another. */
function tokenActor(holder: TokenHolder): Actor {
  const { userId, kind, userName, tokenName, scopes } = holder
  const name = kind === 'service' ? `${userName}/${tokenName}` : userName
  return { id: userId, kind, name, ...(scopes === null ? {} : { scopes }) }
}

function requireUnexpired(expiresAtMs: number | null, nowMs: number): void {
  if (expiresAtMs !== null && expiresAtMs <= nowMs) throw refusal('This token has expired.')
}

function refusal(reason: string) {
  return accessProblem.unauthenticated({ reason })
}

function nameOfThePerson(): string {
  try {
    return userInfo().username || 'local'
  } catch {
    return 'local' // a user id without a name, as containers have
  }
}
