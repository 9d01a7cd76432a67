import { join } from 'node:path'
import { connectPostgres } from '@millrace/adapter-postgres'
import type { Database } from '@millrace/kernel/db'
import { openSqlite } from '@millrace/kernel/db'
import { startOutboxKernel } from './harness/outbox-kernel.ts'
import { withPostgres } from './harness/postgres.ts'
import { count, report } from './harness/report.ts'
import { withScratch } from './harness/scratch.ts'

// From the first commit until the last listener was called: events are committed durably, delivered and settled.
const total = 10_000
const perAction = 10
const writers = 16

async function measure(store: string, listeners: number, open: (folder: string) => Database): Promise<string[]> {
  return withScratch(async (folder) => {
    const kernel = await startOutboxKernel(open(folder), folder, listeners)
    const startedAt = performance.now()
    let actions = total / perAction
    const writer = async () => {
      while (actions > 0) {
        actions -= 1
        await kernel.publish(perAction)
      }
    }
    await Promise.all(Array.from({ length: writers }, writer))
    await kernel.idle()
    const tookMs = performance.now() - startedAt
    const expected = total * listeners
    if (kernel.delivered() !== expected) throw new Error(`Delivered ${kernel.delivered()} of ${expected}.`)
    await kernel.stop()
    const perSecond = (events: number) => count((events / tookMs) * 1000)
    return [store, String(listeners), perSecond(total), perSecond(expected)]
  })
}

const onSqlite = (folder: string) => openSqlite({ path: join(folder, 'bench.db') })
const rows = [await measure('SQLite', 1, onSqlite), await measure('SQLite', 3, onSqlite)]
for (const listeners of [1, 3])
  rows.push(await withPostgres((url) => measure('PostgreSQL', listeners, () => connectPostgres(url))))
report(
  `The outbox: ${count(total)} events, ${perAction} an action, ${writers} writers at a time`,
  ['store', 'listeners', 'events/s', 'deliveries/s'],
  rows,
)
