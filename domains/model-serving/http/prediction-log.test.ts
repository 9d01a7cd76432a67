import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Database } from '@millrace/kernel/db'
import { tables } from '@millrace/kernel/db'
import { aPerson, onEachStore, testKernel } from '@millrace/kernel/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { endpointHashOf, makePredictionId } from '../model/prediction-id.ts'
import { createCompactorClient } from '../process/control/compactor-client.ts'
import { createLogKeeper } from '../process/control/log-keeper.ts'
import { spoolRoot } from '../process/log/log-folders.ts'
import type { SpoolStream } from '../process/log/spool-record.ts'
import { createSpoolWriter } from '../process/log/spool-writer.ts'
import { createTidyLog } from '../process/log/tidy-log.ts'
import { logReads } from '../store/log-reads.ts'
import * as migration from '../store/migrations/0001-create-model-serving.ts'
import type { ServingTables } from '../store/tables.ts'
import { createPredictionLog } from './prediction-log.ts'

const context = { actor: aPerson('ann'), workspace: 'default' }
const bornMs = 1_700_000_000_000
const stream: SpoolStream = {
  workspace: 'default',
  endpoint: 'e',
  deploymentId: 'dep_1',
  versionId: 'ver_1',
  version: 1,
  role: 'champion',
  rollout: null,
  sampleRate: 0.25,
  inputs: [
    {
      name: 'x',
      datatype: 'FP32',
      width: 1,
    },
  ],
  outputs: [
    {
      name: 'p',
      datatype: 'FP32',
      width: 1,
    },
  ],
}

onEachStore((openStore) => {
  /** A log of `count` requests, one file each; file k has the event time k. */
  const aLog = async (count: number, logging = {}) => {
    const domain = { name: 'model-serving', migrations: { '0001-create-model-serving': migration }, operations: [] }
    const t = await testKernel({ database: await openStore(), domains: () => [domain] })
    const { dataDir, database, analytics, log } = t.runtime
    const endpoint = { workspace: 'default', id: 'end_1', name: 'e', model: 'm', spec: JSON.stringify({ logging }) }
    await database.write((tx) =>
      tables<ServingTables>(tx)
        .insertInto('model_serving_endpoint')
        .values({ ...endpoint, created_at_ms: 0, created_by: 'ann', deleted_at_ms: null } as never) // as migration 1 has it
        .execute(),
    )
    const folder = join(spoolRoot(dataDir), 'process-1')
    const writer = createSpoolWriter({ folder, nowMs: Date.now, onClosed: () => {} })
    const compactor = createCompactorClient({ dataDir })
    onTestFinished(() => compactor.close())
    let made = 0
    const newName = () => `seg_${(made += 1)}`
    const keeper = createLogKeeper({
      dataDir,
      compactor,
      log,
      database,
      newName,
      nowMs: () => 0,
      foldersInUse: () => [folder],
      rotate: async () => writer.rotate(),
      beforeSegments: async () => {},
      beforeLabels: async () => {},
    })
    const ids: string[] = []
    for (let at = 0; at < count; at += 1) {
      const id = makePredictionId(bornMs + at, endpointHashOf('default', 'e'), new Uint8Array(12))
      const values = Float32Array.of(at, at + 0.5)
      writer.append('one', stream, {
        loggedAtMs: bornMs + at,
        status: 200,
        requests: [
          {
            id,
            rows: 2,
            latencyUs: 5,
          },
        ],
        eventTimesMs: Float64Array.of(at, at),
        inputs: [values],
        outputs: [values],
      })
      await keeper.flush()
      ids.push(id)
    }
    const opened: string[] = []
    const counting = {
      ...analytics,
      rows: (sql: string, parameters?: Parameters<typeof analytics.rows>[1]) => {
        opened.push(...[...sql.matchAll(/[^/']+\.parquet/g)].map(([name]) => name))
        return analytics.rows(sql, parameters)
      },
    }
    const files = () => logReads(database.reader, 'default').filesInWindow('e', -1e15, 1e15)
    const tidyOn = (store: Database, nowMs = bornMs) =>
      createTidyLog({ dataDir, compactor, newName, database: store, nowMs: () => nowMs })
    const reader = createPredictionLog({ ...t.runtime, analytics: counting }, keeper)
    return { t, ids, keeper, opened, files, tidyOn, reader, database, dataDir, analytics }
  }

  describe('the prediction log’s files', () => {
    it('opens one file for a look-up by id, before and after merging', async () => {
      const { ids, opened, reader, tidyOn, database, files } = await aLog(12)
      for (const merged of [false, true]) {
        if (merged) await tidyOn(database).run()
        expect(await files()).toHaveLength(merged ? 1 : 12)
        for (const [at, id] of ids.entries()) {
          opened.length = 0
          expect(await reader.read(`${id}.1`, context)).toMatchObject({ eventTimeMs: at, inputs: { x: at + 0.5 } })
          expect(opened).toHaveLength(1)
        }
      }
    })

    it('lists page by page, the newest first, and opens no older files than a page needs', async () => {
      const { ids, opened, reader } = await aLog(20)
      const seen: string[] = []
      let pageToken: string | undefined
      do {
        opened.length = 0
        const page = await reader.list(
          { name: 'e', limit: 3, ...(pageToken === undefined ? {} : { pageToken }) },
          context,
        )
        expect(opened.length).toBeLessThanOrEqual(16)
        seen.push(...page.items.map(({ id }) => id))
        pageToken = page.nextPageToken
      } while (pageToken !== undefined)
      expect(seen).toEqual(ids.toReversed().flatMap((id) => [`${id}.1`, `${id}.0`]))
      await expect(reader.list({ name: 'e', limit: 3, pageToken: 'x' }, context)).rejects.toThrow('page token')
    })

    it('merges small files so that each row is there once, and lets old files lie until the next round', async () => {
      const { tidyOn, database, files, dataDir, analytics } = await aLog(9)
      const before = await files()
      const tidy = tidyOn(database)
      expect(await tidy.due()).toBe(true)
      await tidy.run()
      const [merged, ...others] = await files()
      expect(others).toEqual([])
      expect(merged).toMatchObject({ rows: 18, min_event_ms: 0, max_event_ms: 8, day: '1970-01-01' })
      expect(before.every(({ path }) => existsSync(join(dataDir, path)))).toBe(true)
      await tidy.run()
      expect(before.some(({ path }) => existsSync(join(dataDir, path)))).toBe(false)
      expect(await tidy.due()).toBe(false)
      // As Spark, Trino and DuckDB find it: the layout alone says endpoint and day.
      const all = join(dataDir, 'model-serving', 'predictions', '**', '*.parquet')
      const rows = await analytics.rows(
        `select endpoint, cast(day as varchar) as day, count(*)::int as n, count(distinct prediction_id)::int as ids,
           sum(1 / sample_rate)::int as requested
         from read_parquet('${all}', hive_partitioning = true) group by all`,
      )
      expect(rows).toEqual([{ endpoint: 'e', day: '1970-01-01', n: 18, ids: 18, requested: 72 }])
    })

    it('keeps the small files when it dies before its commit', async () => {
      const { tidyOn, database, files, keeper, dataDir } = await aLog(9)
      const before = await files()
      const failing: Database = { ...database, write: async () => Promise.reject(new Error('the power went')) }
      await expect(tidyOn(failing).run()).rejects.toThrow('the power went')
      expect(await files()).toEqual(before)
      await keeper.sweep()
      expect(existsSync(join(dataDir, before[0]?.path ?? '', '..', 'seg_10.parquet'))).toBe(false)
    })

    it('forgets files that are older than the endpoint keeps them, by event time and by logging', async () => {
      const { tidyOn, database, files } = await aLog(2, { retentionDays: 30 })
      await tidyOn(database, bornMs + 29 * 86_400_000).run()
      expect(await files()).toHaveLength(2)
      await tidyOn(database, bornMs + 31 * 86_400_000).run()
      expect(await files()).toEqual([])
    })
  })
})
