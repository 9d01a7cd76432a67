import type { IncomingHttpHeaders } from 'node:http'
import { userInfo } from 'node:os'
import type { Actor, Authenticate, Config } from '@millrace/kernel'
import type { Database } from '@millrace/kernel/db'
import { accessProblem } from '../contract.ts'
import { isLoopback } from '../model/loopback.ts'
import type { TokenHolder } from '../store/tokens.ts'
import { hashOf, holderOf } from '../store/tokens.ts'
import { tokenCacheOf } from './token-cache.ts'

/** Headers by which a proxy says that somebody else is behind it. */
const forwardedHeaders = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip', 'via']

export interface AuthenticateDeps {
  readonly database: Database
  readonly config: Pick<Config, 'host' | 'auth' | 'trustProxy'>
  readonly nowMs: () => number
}

/**
 * Makes the kernel's `Authenticate`. A token, in `Authorization: Bearer` or as the password of Basic, is always its
 * account. Without one a request is the local person's, if the server listens on loopback, accounts are not required,
 * and the request comes from this machine with no proxy between. Throws `access/unauthenticated`.
 */
export function createAuthenticate(deps: AuthenticateDeps): Authenticate {
  const { database, config, nowMs } = deps
  const cache = tokenCacheOf(database)
  const open = config.auth !== 'required' && isLoopback(config.host)
  const local: Actor = { id: 'local', kind: 'local', name: nameOfThePerson() }
  return async ({ headers, remoteAddress }) => {
    if (headers.authorization === undefined) {
      requireLocal(open, config.trustProxy, headers, remoteAddress)
      return local
    }
    const secret = secretOf(headers.authorization)
    if (secret === undefined) throw refusal('The Authorization header is neither Bearer nor Basic.')
    const hash = hashOf(secret)
    const cached = cache.get(hash, nowMs())
    if (cached !== undefined) {
      requireUnexpired(cached.expiresAtMs, nowMs())
      return cached.actor
    }
    const actor = await cache.fill(hash, nowMs(), async () => {
      const holder = await holderOf(database.reader, hash)
      if (holder === undefined) return undefined
      requireUnexpired(holder.expiresAtMs, nowMs())
      return { actor: actorOf(holder), expiresAtMs: holder.expiresAtMs }
    })
    if (actor === undefined) throw refusal('This token is not known here, or was revoked.')
    return actor
  }
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

/** The secret of `Bearer <secret>`, or the password of Basic (RFC 7617); any user name will do. */
function secretOf(authorization: string): string | undefined {
  const [, scheme = '', credentials = ''] = /^(\S+) +(\S+) *$/.exec(authorization) ?? []
  if (scheme.toLowerCase() === 'bearer') return credentials
  if (scheme.toLowerCase() !== 'basic') return undefined
  const pair = Buffer.from(credentials, 'base64').toString('utf8')
  const colon = pair.indexOf(':')
  return colon < 0 ? undefined : pair.slice(colon + 1)
}

/** A program's actor is named after its token, so that the audit tells one job from another. */
function actorOf(holder: TokenHolder): Actor {
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
