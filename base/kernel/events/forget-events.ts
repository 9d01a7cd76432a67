import type { KernelTables } from '../actions/tables.ts'
import type { Database } from '../db/db.ts'
import { tables } from '../db/db.ts'

const atOnce = 1000

/**
 * Forgets events older than a time, in short transactions; one that still has a delivery, pending or laid aside as dead,
 * stays until that is settled. Returns how many are gone.
 */
export async function forgetEvents(database: Database, beforeMs: number): Promise<number> {
  let [after, gone] = [0, 0]
  for (;;) {
    const read = tables<KernelTables>(database.reader)
    // Positions follow time closely, so that no index by time is needed.
    const rows = await read
      .selectFrom('kernel_event')
      .select(['position', 'at_ms'])
      .where('position', '>', after)
      .orderBy('position')
      .limit(atOnce)
      .execute()
    const old = rows.filter((row) => row.at_ms < beforeMs).map((row) => row.position)
    if (old.length > 0) gone += await forgetSome(database, old)
    const last = rows.at(-1)
    if (last === undefined || rows.length < atOnce || old.length < rows.length) return gone
    after = last.position
  }
}

function forgetSome(database: Database, positions: readonly number[]): Promise<number> {
  return database.write(async (tx) => {
    const db = tables<KernelTables>(tx)
    const waiting = await db
      .selectFrom('kernel_delivery')
      .select('position')
      .where('state', 'in', ['pending', 'dead'])
      .where('position', 'in', positions)
      .execute()
    const kept = new Set(waiting.map((row) => row.position))
    const free = positions.filter((position) => !kept.has(position))
    if (free.length > 0) await db.deleteFrom('kernel_event').where('position', 'in', free).execute()
    return free.length
  })
}
