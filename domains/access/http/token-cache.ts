import type { Actor, EventHub } from '@millrace/kernel'
import type { Database } from '@millrace/kernel/db'

/** Whose last use is noted: a token's or a session's. */
export interface Use {
  readonly kind: 'token' | 'session'
  readonly id: string
}

/** An actor as last read, with when to read it again. */
export interface CachedActor {
  readonly actor: Actor
  readonly expiresAtMs: number | null
  readonly use?: Use
  readonly untilMs: number
}

/** How long another process's revocation may go unseen; one of this process is seen at once. */
const keptMs = 1000
const limit = 10_000

/** The actors behind credentials, by hash, for a second; and when each credential was used last. */
export interface TokenCache {
  get(hash: string, nowMs: number): CachedActor | undefined
  /** Reads an actor and keeps it, unless the cache was emptied meanwhile: what was read may be out of date. */
  fill(
    hash: string,
    nowMs: number,
    read: () => Promise<Omit<CachedActor, 'untilMs'> | undefined>,
  ): Promise<Actor | undefined>
  empty(): void
  /** When a credential was last used in this process; 0 when that is written down already. */
  lastUse(kind: Use['kind'], id: string): number
  /** Takes the uses that are not written down yet. */
  takeUses(kind: Use['kind']): ReadonlyMap<string, number>
}

function createTokenCache(): TokenCache {
  const actors = new Map<string, CachedActor>()
  const uses = { token: new Map<string, number>(), session: new Map<string, number>() }
  let emptied = 0
  return {
    get: (hash, nowMs) => {
      const cached = actors.get(hash)
      return cached !== undefined && nowMs < cached.untilMs ? cached : undefined
    },
    fill: async (hash, nowMs, read) => {
      const before = emptied
      const found = await read()
      if (found === undefined) return undefined
      if (found.use !== undefined) uses[found.use.kind].set(found.use.id, nowMs)
      if (actors.size >= limit) actors.clear()
      if (before === emptied) actors.set(hash, { ...found, untilMs: nowMs + keptMs })
      return found.actor
    },
    empty: () => {
      emptied += 1
      actors.clear()
    },
    lastUse: (kind, id) => uses[kind].get(id) ?? 0,
    takeUses: (kind) => {
      const taken = uses[kind]
      uses[kind] = new Map()
      return taken
    },
  }
}

const caches = new WeakMap<Database, TokenCache>()

/** The cache of one store: `authenticate` fills it, and the domain, which is made later, empties it. */
export function tokenCacheOf(database: Database): TokenCache {
  const known = caches.get(database)
  if (known !== undefined) return known
  const cache = createTokenCache()
  caches.set(database, cache)
  return cache
}

const closing = new Set([
  'access.token.revoked',
  'access.user.disabled',
  'access.session.ended',
  'access.password.changed',
  'access.limits.changed',
])

/** Empties the cache as soon as a revocation is committed, before it is answered. Returns how to stop. */
export function emptyOnRevocation(cache: TokenCache, hub: EventHub): () => void {
  return hub.listen((message) => {
    if (message.kind === 'event' && closing.has(message.event.name)) cache.empty()
  })
}
