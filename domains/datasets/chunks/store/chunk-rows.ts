import type { Kysely } from 'kysely'
import type { DatasetTables } from '../../store/tables.ts'

/** Where a chunk lies. */
export interface ChunkPlace {
  readonly digest: string
  readonly pack: string
  readonly atBytes: number
  readonly frameBytes: number
  readonly sizeBytes: number
}

// Both stores bound the parameters of a statement.
const perStatement = 1000

/** Reads and writes what is known of chunks and packs. Digests are hexadecimal. */
export function chunkRows(db: Kysely<DatasetTables>, workspace: string) {
  return { ...chunkReads(db, workspace), ...chunkWrites(db, workspace), ...packWrites(db, workspace) }
}

function chunkReads(db: Kysely<DatasetTables>, workspace: string) {
  const chunks = () => db.selectFrom('datasets_chunk').where('workspace', '=', workspace)
  return {
    /** Those of these chunks that are here. */
    find: async (digests: readonly string[]): Promise<(ChunkPlace & { touchedAtMs: number })[]> => {
      const found: (ChunkPlace & { touchedAtMs: number })[] = []
      for (const some of slices(digests)) {
        const rows = await chunks().selectAll().where('digest', 'in', some).execute()
        for (const row of rows) found.push({ ...toPlace(row), touchedAtMs: row.touched_at_ms })
      }
      return found
    },
    isVerified: async (digest: string, recipe: string): Promise<boolean> => {
      const row = await db
        .selectFrom('datasets_content')
        .select('verified_at_ms')
        .where('workspace', '=', workspace)
        .where('digest', '=', digest)
        .where('recipe', '=', recipe)
        .executeTakeFirst()
      return row !== undefined
    },
    packs: async () =>
      db
        .selectFrom('datasets_pack')
        .select(['id', 'size_bytes', 'created_at_ms'])
        .where('workspace', '=', workspace)
        .orderBy('id')
        .execute(),
    ofPack: async (pack: string): Promise<(ChunkPlace & { touchedAtMs: number })[]> => {
      const rows = await chunks().selectAll().where('pack', '=', pack).orderBy('at_bytes').execute()
      return rows.map((row) => ({ ...toPlace(row), touchedAtMs: row.touched_at_ms }))
    },
  }
}

function chunkWrites(db: Kysely<DatasetTables>, workspace: string) {
  return {
    insertPack: async (pack: { id: string; sizeBytes: number }, places: readonly ChunkPlace[], nowMs: number) => {
      await db
        .insertInto('datasets_pack')
        .values({ workspace, id: pack.id, size_bytes: pack.sizeBytes, created_at_ms: nowMs })
        .execute()
      // In the order of keys, so that two pushers never wait for each other in a circle.
      for (const some of slices(places.toSorted((a, b) => (a.digest < b.digest ? -1 : 1)))) {
        // Of two pushers that bring one chunk the first is kept; both may count on it from now on.
        await db
          .insertInto('datasets_chunk')
          .values(some.map((place) => ({ workspace, touched_at_ms: nowMs, ...toRow(place) })))
          .onConflict((c) => c.columns(['workspace', 'digest']).doUpdateSet({ touched_at_ms: nowMs }))
          .execute()
      }
    },
    touch: async (digests: readonly string[], nowMs: number) => {
      for (const some of slices(digests)) {
        await db
          .updateTable('datasets_chunk')
          .set({ touched_at_ms: nowMs })
          .where('workspace', '=', workspace)
          .where('digest', 'in', some)
          .execute()
      }
    },
    markVerified: async (contents: readonly { digest: string; recipe: string }[], nowMs: number) => {
      for (const some of slices(contents)) {
        await db
          .insertInto('datasets_content')
          .values(some.map((content) => ({ workspace, ...content, verified_at_ms: nowMs })))
          .onConflict((c) => c.doNothing())
          .execute()
      }
    },
  }
}

/** What collections change. */
function packWrites(db: Kysely<DatasetTables>, workspace: string) {
  const chunks = () => db.selectFrom('datasets_chunk').where('workspace', '=', workspace)
  return {
    /** Forgets chunks of a pack that nobody has touched since; gives those that went. */
    forget: async (pack: string, digests: readonly string[], untouchedSinceMs: number): Promise<number> => {
      let gone = 0
      for (const some of slices(digests)) {
        const { numDeletedRows } = await db
          .deleteFrom('datasets_chunk')
          .where('workspace', '=', workspace)
          .where('pack', '=', pack)
          .where('touched_at_ms', '<', untouchedSinceMs)
          .where('digest', 'in', some)
          .executeTakeFirst()
        gone += Number(numDeletedRows)
      }
      return gone
    },
    /** Lets the chunks of one pack lie in another. */
    move: async (from: string, to: { id: string; sizeBytes: number }, places: readonly ChunkPlace[], nowMs: number) => {
      await db
        .insertInto('datasets_pack')
        .values({ workspace, id: to.id, size_bytes: to.sizeBytes, created_at_ms: nowMs })
        .execute()
      for (const place of places) {
        await db
          .updateTable('datasets_chunk')
          .set({ pack: to.id, at_bytes: place.atBytes })
          .where('workspace', '=', workspace)
          .where('pack', '=', from)
          .where('digest', '=', place.digest)
          .execute()
      }
    },
    /** Forgets a pack that no chunk lies in any more; says whether it did. */
    forgetPack: async (pack: string): Promise<boolean> => {
      const left = await chunks().select('digest').where('pack', '=', pack).limit(1).executeTakeFirst()
      if (left !== undefined) return false
      await db.deleteFrom('datasets_pack').where('workspace', '=', workspace).where('id', '=', pack).execute()
      return true
    },
  }
}

function slices<T>(all: readonly T[]): T[][] {
  const parts: T[][] = []
  for (let at = 0; at < all.length; at += perStatement) parts.push(all.slice(at, at + perStatement))
  return parts
}

function toPlace(row: Omit<DatasetTables['datasets_chunk'], 'workspace'>): ChunkPlace {
  return {
    digest: row.digest,
    pack: row.pack,
    atBytes: row.at_bytes,
    frameBytes: row.frame_bytes,
    sizeBytes: row.size_bytes,
  }
}

function toRow(place: ChunkPlace) {
  return {
    digest: place.digest,
    pack: place.pack,
    at_bytes: place.atBytes,
    frame_bytes: place.frameBytes,
    size_bytes: place.sizeBytes,
  }
}
