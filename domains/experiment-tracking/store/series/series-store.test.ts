import { createLog } from '@millrace/kernel'
import { tables } from '@millrace/kernel/db'
import type { Database } from '@millrace/kernel/db'
import { onEachStore } from '@millrace/kernel/testing'
import fc from 'fast-check'
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { decodeBatch, encodeBatch, MetricBatchBuilder } from '../../model/series/metric-batch.ts'
import type { Points } from '../../model/series/points.ts'
import { concatPoints, noPoints, slicePoints, sortPoints } from '../../model/series/points.ts'
import { shownPoint } from '../../model/series/shown-points.ts'
import { summarise } from '../../model/series/summary.ts'
import { toWide } from '../../model/series/wide.ts'
import * as createRun from '../migrations/0001-create-run.ts'
import * as logMetricsFirst from '../migrations/0002-log-metrics-first.ts'
import { settle, settleIn } from '../settle.ts'
import { startMerging } from './background-merge.ts'
import { appendLog, oldestDirtyRun } from './log-rows.ts'
import { nextTurn } from './next-turn.ts'
import { readPage, readSummaries, readWhole } from './read-series.ts'

interface Logged {
  readonly key: string
  readonly step: number | bigint
  readonly timeMs: number
  readonly value: number
}

const workspace = 'default'
const runId = 'r'

async function migrated(database: Database): Promise<Database> {
  await database.exclusively(async (db) => {
    const tx = tables<unknown>(db)
    await createRun.up(tx, database.dialect)
    await logMetricsFirst.up(tx, database.dialect)
  })
  return database
}

function batchOf(points: readonly Logged[]) {
  const builder = new MetricBatchBuilder(points.length)
  for (const { key, step, timeMs, value } of points) {
    const wide = toWide(step) ?? { high: 0, low: 0 }
    builder.add(key, value, wide.high, timeMs)
    builder.addLows(wide.low, 0)
  }
  return builder.batch()
}

function log(database: Database, points: readonly Logged[]): Promise<void> {
  const row = { workspace, experiment: 1, runId, atMs: 0, points: encodeBatch(batchOf(points)) }
  return database.write((db) => appendLog({ db, dialect: database.dialect }, row))
}

/** The naive model: all points of a key, each once, in order. */
function expected(all: readonly Logged[], key: string): Points {
  const own = all.filter((point) => point.key === key)
  return own.length === 0 ? noPoints : sortPoints(concatPoints([batchOf(own).points]))
}

const shown = (points: Points) => Array.from({ length: points.length }, (_, i) => shownPoint(points, i))

const aStep = fc.oneof(
  fc.integer({ min: -5, max: 40 }),
  fc.constantFrom(0.5, 1.25, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 62n) - 1n),
)
const aValue = fc.oneof(
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0),
  fc.double({ noNaN: true }).map((value) => value + 0),
)
const aPoint: fc.Arbitrary<Logged> = fc.record({
  key: fc.constantFrom('a', 'b"\\', 'c/é'),
  step: aStep,
  timeMs: fc.integer({ min: 0, max: 5 }),
  value: aValue,
})
const anAct = fc.oneof(
  { weight: 4, arbitrary: fc.array(aPoint, { minLength: 1, maxLength: 30 }) },
  { weight: 1, arbitrary: fc.constantFrom('settle' as const, 'again' as const) },
  // A run of steps long enough to fill tails and chunks.
  {
    weight: 1,
    arbitrary: fc
      .record({ from: fc.integer({ min: -300, max: 300 }), count: fc.constantFrom(150, 3000) })
      .map(({ from, count }) =>
        Array.from({ length: count }, (_, i): Logged => ({ key: 'a', step: from + i, timeMs: i % 7, value: i % 11 })),
      ),
  },
)

onEachStore((openStore, dialect) => {
  describe('the metrics of a run', () => {
    it('equal a naive model after any writes, duplicates and merges', async () => {
      const database = await migrated(await openStore())
      const on = { db: database.reader, dialect }
      await fc.assert(
        fc.asyncProperty(fc.array(anAct, { maxLength: 8 }), async (acts) => {
          await database.write((db) => clear(db))
          const all: Logged[] = []
          for (const act of acts) {
            if (act === 'settle') await settle({ database }, { workspace }, 'all')
            else if (act === 'again') await log(database, all.slice(-40))
            else {
              all.push(...act)
              await log(database, act)
            }
          }
          // Before the last merge, and after it.
          for (let round = 0; round < 2; round += 1) {
            for (const key of new Set(all.map((point) => point.key))) {
              const points = expected(all, key)
              const name = { workspace, runId, key }
              expect(shown(await readWhole(on, name))).toEqual(shown(points))
              const summary = (await readSummaries(on, workspace, runId)).get(key)
              const { sum: _naive, ...rest } = summarise(undefined, points) ?? { sum: 0 }
              expect(summary).toMatchObject(rest)
              expect(await pages(on, name, 'step')).toEqual(shown(points))
              expect(await pages(on, name, 'time')).toHaveLength(points.length)
            }
            await settle({ database }, { workspace }, { runIds: [runId] })
          }
        }),
        { numRuns: dialect === 'sqlite' ? 60 : 12 },
      )
    })
    it('are read whole and once while they are written and merged', async () => {
      const database = await migrated(await openStore())
      const on = { db: database.reader, dialect }
      const name = { workspace, runId, key: 'a' }
      const last = 12_000
      let written = 0
      const write = async () => {
        for (; written < last; written += 400) {
          const from = written
          const batch = Array.from({ length: 400 }, (_, i): Logged => ({
            key: 'a',
            step: from + i,
            timeMs: 0,
            value: i,
          }))
          await log(database, batch)
          await settle({ database }, { workspace }, { runIds: [runId] })
        }
      }
      const isWriting = () => written < last
      const read = async () => {
        while (isWriting()) {
          const acknowledged = written
          const steps = (await readWhole(on, name)).steps
          expect(steps.length).toBeGreaterThanOrEqual(acknowledged)
          expect(steps.every((step, i) => step === i)).toBe(true)
          await nextTurn()
        }
      }
      await Promise.all([write(), read(), read(), read()])
      expect(await readWhole(on, name)).toHaveLength(last)
    })
    it('survive a merge that is cut off, and merges at once in several processes', async () => {
      const database = await migrated(await openStore('shared'))
      // A second server on the same PostgreSQL; SQLite has one process only.
      const other = dialect === 'postgres' ? await openStore('shared') : database
      const points = Array.from({ length: 500 }, (_, i): Logged => ({ key: `k${i % 3}`, step: i, timeMs: i, value: i }))
      for (let start = 0; start < 500; start += 10) await log(database, points.slice(start, start + 10))
      const cut = database.write(async (db) => {
        await settleIn({ db, dialect, workspace }, [runId])
        throw new Error('killed')
      })
      await expect(cut).rejects.toThrow('killed')
      const what = { runIds: [runId] }
      await Promise.all([database, other, database, other].map((one) => settle({ database: one }, { workspace }, what)))
      const on = { db: database.reader, dialect }
      for (const key of ['k0', 'k1', 'k2']) {
        expect(shown(await readWhole(on, { workspace, runId, key }))).toEqual(shown(expected(points, key)))
      }
    })
  })
})

onEachStore((openStore, dialect) => {
  describe('merging in the background', () => {
    it('takes up what was logged, by every server of a store, once', async () => {
      const database = await migrated(await openStore('shared'))
      const other = dialect === 'postgres' ? await openStore('shared') : database
      const silent = createLog('silent')
      const servers = [database, other].map((one) => startMerging({ database: one, log: silent }))
      const points = Array.from({ length: 300 }, (_, i): Logged => ({ key: 'a', step: 300 - i, timeMs: i, value: i }))
      for (let start = 0; start < 300; start += 30) await log(database, points.slice(start, start + 30))
      const on = { db: database.reader, dialect }
      await expect.poll(() => oldestDirtyRun(on), { timeout: 20_000 }).toBeUndefined()
      await Promise.all(servers.map((server) => server.stop()))
      expect(shown(await readWhole(on, { workspace, runId, key: 'a' }))).toEqual(shown(expected(points, 'a')))
      expect((await readSummaries(on, workspace, runId)).get('a')?.points).toBe(300)
    })
  })
})

async function pages(on: Parameters<typeof readPage>[0], name: Parameters<typeof readPage>[1], order: 'step' | 'time') {
  const found: ReturnType<typeof shown> = []
  let after: Points | undefined
  for (;;) {
    const { points } = await readPage(on, name, { order, limit: 700, after })
    const page = shown(points).slice(0, 700)
    found.push(...page)
    if (points.length <= 700) return found
    after = slicePoints(points, 699, 700)
  }
}

async function clear(db: Database['reader']): Promise<void> {
  for (const table of ['log', 'chunk', 'metric', 'run_metrics']) {
    await sql`delete from ${sql.table(`experiment_tracking_${table}`)}`.execute(db)
  }
}

describe('a batch', () => {
  it('reads back from its bytes as it was', () => {
    fc.assert(
      fc.property(fc.array(aPoint, { maxLength: 40 }), (points) => {
        const batch = batchOf(points)
        const read = decodeBatch(encodeBatch(batch))
        expect(read.keys).toEqual(batch.keys)
        expect([...read.keyOf]).toEqual([...batch.keyOf])
        expect(shown(read.points)).toEqual(shown(batch.points))
      }),
    )
  })
})
