import type { Actor, EventHub } from '@millrace/kernel'
import type { Database } from '@millrace/kernel/db'

/** An actor as last read, with when to read it again. */
interface CachedActor {
  readonly actor: Actor
  readonly expiresAtMs: number | null
  readonly untilMs: number
}

/** How long another process's revocation may go unseen; one of this process is seen at once. */
const keptMs = 3000
const limit = 10_000

/** The actors behind tokens, by hash, for a few seconds. */
export interface TokenCache {
  get(hash: string, nowMs: number): CachedActor | undefined
  /** Reads an actor and keeps it, unless the cache was emptied meanwhile: what was read may be out of date. */
  fill(
    hash: string,
    nowMs: number,
    read: () => Promise<Omit<CachedActor, 'untilMs'> | undefined>,
  ): Promise<Actor | undefined>
  empty(): void
}

function createTokenCache(): TokenCache {
  const actors = new Map<string, CachedActor>()
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
      if (actors.size >= limit) actors.clear()
      if (before === emptied) actors.set(hash, { ...found, untilMs: nowMs + keptMs })
      return found.actor
    },
    empty: () => {
      emptied += 1
      actors.clear()
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

const closing = new Set(['access.token.revoked', 'access.user.disabled'])

/** Empties the cache as soon as a revocation is committed, before it is answered. Returns how to stop. */
export function emptyOnRevocation(cache: TokenCache, hub: EventHub): () => void {
  return hub.listen((message) => {
    if (message.kind === 'event' && closing.has(message.event.name)) cache.empty()
  })
}
