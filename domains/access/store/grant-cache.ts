import type { Ref } from '@millrace/contract'
import type { EventHub } from '@millrace/kernel'
import type { Database, Db } from '@millrace/kernel/db'
import type { GrantInForce } from '../model/decide.ts'
import { grantsInForce, hasChangedGrants } from './grants.ts'

/** How long another process's change may go unseen; one of this process is seen at once. */
const keptMs = 1000
const limit = 10_000

interface Kept {
  readonly grants: readonly GrantInForce[]
  readonly untilMs: number
}

/** What accounts hold in workspaces, and which of those there are, for a second. */
export interface GrantCache {
  read(db: Db, workspace: string, userId: string, nowMs: number): Promise<readonly GrantInForce[]>
  /** Runs `find` unless the workspace was found within the last second; what it throws is thrown. */
  requireWorkspace(workspace: string, nowMs: number, find: () => Promise<void>): Promise<void>
  /** A thing with its parents; one that has none and is no thing by itself may be made at any moment, and is read anew. */
  chain(key: string, nowMs: number, read: () => Promise<readonly Ref[]>): Promise<readonly Ref[]>
  empty(): void
}

function createGrantCache(): GrantCache {
  const kept = new Map<string, Kept>()
  const workspaces = new Map<string, number>()
  const chains = new Map<string, { readonly chain: readonly Ref[]; readonly untilMs: number }>()
  let emptied = 0
  return {
    read: async (db, workspace, userId, nowMs) => {
      const key = `${workspace}/${userId}`
      const known = kept.get(key)
      // A transaction that changes grants sees its own changes, and nobody else does before it commits.
      const own = hasChangedGrants(db)
      if (!own && known !== undefined && nowMs < known.untilMs) return known.grants
      const before = emptied
      const grants = await grantsInForce(db, workspace, userId)
      if (kept.size >= limit) kept.clear()
      if (!own && before === emptied) kept.set(key, { grants, untilMs: nowMs + keptMs })
      return grants
    },
    requireWorkspace: async (workspace, nowMs, find) => {
      if (nowMs < (workspaces.get(workspace) ?? 0)) return
      const before = emptied
      await find()
      if (before === emptied) workspaces.set(workspace, nowMs + keptMs)
    },
    chain: async (key, nowMs, read) => {
      const known = chains.get(key)
      if (known !== undefined && nowMs < known.untilMs) return known.chain
      const chain = await read()
      if (chains.size >= limit) chains.clear()
      if (chain.length > 1) chains.set(key, { chain, untilMs: nowMs + keptMs })
      return chain
    },
    empty: () => {
      emptied += 1
      kept.clear()
      workspaces.clear()
    },
  }
}

const caches = new WeakMap<Database, GrantCache>()

/** The cache of one store: the authorizer fills it, and the domain, which is made later, empties it. */
export function grantCacheOf(database: Database): GrantCache {
  const known = caches.get(database)
  if (known !== undefined) return known
  const cache = createGrantCache()
  caches.set(database, cache)
  return cache
}

const changing = ['access.grant.', 'access.role.', 'access.group.', 'access.user.', 'access.workspace.']

/** Empties the cache as soon as a change is committed, before it is answered. Returns how to stop. */
export function emptyOnChange(cache: GrantCache, hub: EventHub): () => void {
  return hub.listen((message) => {
    if (message.kind === 'event' && changing.some((prefix) => message.event.name.startsWith(prefix))) cache.empty()
  })
}
