import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Database, Db } from '@millrace/kernel/db'
import { tables } from '@millrace/kernel/db'
import { onEachStore, testKernel } from '@millrace/kernel/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { endpointHashOf, makePredictionId } from '../../model/prediction-id.ts'
import { logReads } from '../../store/log-reads.ts'
import * as migration from '../../store/migrations/0001-create-model-serving.ts'
import type { ServingTables } from '../../store/tables.ts'
import { spoolRoot } from '../log/log-folders.ts'
import type { SpoolStream } from '../log/spool-record.ts'
import { createSpoolWriter } from '../log/spool-writer.ts'
import { createCompactorClient } from './compactor-client.ts'
import { createLogKeeper } from './log-keeper.ts'

const day = 86_400_000
const streamOf = (deploymentId: string, features: readonly string[]): SpoolStream => ({
  workspace: 'default',
  endpoint: 'e',
  deploymentId,
  versionId: `ver_of_${deploymentId}`,
  version: 1,
  role: 'champion',
  rollout: null,
  inputs: features.map((name) => ({ name, datatype: 'FP32', width: 1 })),
  outputs: [{ name: 'p', datatype: 'FP32', width: 1 }],
})

onEachStore((openStore) => {
  const start = async () => {
    const t = await testKernel({
      database: await openStore(),
      domains: () => [
        { name: 'model-serving', migrations: { '0001-create-model-serving': migration }, operations: [] },
      ],
    })
    const { dataDir, database, analytics, log } = t.runtime
    const folder = join(spoolRoot(dataDir), 'process-1')
    const writer = createSpoolWriter({ folder, nowMs: Date.now, onClosed: () => {} })
    const compactor = createCompactorClient({ dataDir })
    onTestFinished(() => compactor.close())
    let made = 0
    const keeperOn = (store: Database) =>
      createLogKeeper({
        dataDir,
        compactor,
        log,
        database: store,
        nowMs: () => 0,
        newName: () => `seg_${(made += 1)}`,
        foldersInUse: () => [folder],
        rotate: async () => writer.rotate(),
        beforeSegments: async () => {},
        beforeLabels: async () => {},
      })
    let request = 0
    const predict = (eventTimes: readonly number[], stream = streamOf('dep_1', ['x'])) => {
      request += 1
      const id = makePredictionId(1_700_000_000_000 + request, endpointHashOf('default', 'e'), new Uint8Array(12))
      const values = () => Float32Array.from(eventTimes, (_, row) => row + request)
      writer.append(stream.deploymentId + stream.inputs.length, stream, {
        loggedAtMs: 1_700_000_000_000,
        status: 200,
        requests: [{ id, rows: eventTimes.length, latencyUs: 5 }],
        eventTimesMs: Float64Array.from(eventTimes),
        inputs: stream.inputs.map(values),
        outputs: [values()],
      })
      return id
    }
    const files = () => logReads(database.reader, 'default').filesInWindow('e', -1e15, 1e15)
    const rows = async () => {
      const list = (await files()).map(({ path }) => `'${join(dataDir, path)}'`).join(', ')
      return list === ''
        ? []
        : analytics.rows(`select * from read_parquet([${list}], union_by_name = true) order by prediction_id`)
    }
    return { t, dataDir, database, folder, writer, keeper: keeperOn(database), keeperOn, predict, files, rows }
  }

  describe('the log keeper', () => {
    it('turns spools into Parquet by day of event time, and the spools are gone', async () => {
      const { keeper, predict, files, rows, folder, database } = await start()
      const [first, second] = [predict([0, day]), predict([day + 5])]
      await keeper.flush()
      expect((await files()).map((file) => [file.day, file.rows])).toEqual([
        ['1970-01-01', 1],
        ['1970-01-02', 2],
      ])
      expect(await rows()).toMatchObject([
        {
          prediction_id: `${first}.0`,
          request_id: first,
          row: 0,
          event_time_ms: 0,
          'in.x': 1,
          'out.p': 1,
          role: 'champion',
          status: 200,
          latency_us: 5,
        },
        { prediction_id: `${first}.1`, row: 1, event_time_ms: day, 'in.x': 2 },
        { prediction_id: `${second}.0`, event_time_ms: day + 5, 'in.x': 2 },
      ])
      expect(await readdir(folder)).toEqual([])
      expect(await logReads(database.reader, 'default').counts({ endpoint: 'e' })).toMatchObject([
        { rows: 3, requests: 2, max_event_ms: day + 5 },
      ])
    })
    it('keeps versions with other features in files of their own', async () => {
      const { keeper, predict, files, rows } = await start()
      predict([0])
      predict([0], streamOf('dep_2', ['x', 'y']))
      await keeper.flush()
      expect(await files()).toHaveLength(2)
      expect((await rows()).map((row) => row['in.y'])).toEqual([null, 2])
    })
    it('makes rows visible once when the commit fails after the files are written', async () => {
      const { keeperOn, keeper, predict, rows, database, dataDir } = await start()
      predict([0, 1, 2])
      const failing: Database = { ...database, write: async () => Promise.reject(new Error('the power went')) }
      await expect(keeperOn(failing).flush()).rejects.toThrow('the power went')
      expect(await rows()).toEqual([])
      await keeper.sweep()
      expect(
        (await readdir(join(dataDir, 'model-serving', 'predictions'), { recursive: true })).filter((name) =>
          name.endsWith('.parquet'),
        ),
      ).toEqual([])
      await keeper.flush()
      expect(await rows()).toHaveLength(3)
    })
    it('makes rows visible once when it dies between the commit and the removal of the spool', async () => {
      const { keeperOn, keeper, predict, rows, database, folder } = await start()
      predict([0, 1])
      let writes = 0
      const dying: Database = {
        ...database,
        write: async <T>(work: (tx: Db) => Promise<T>) => {
          writes += 1
          if (writes === 2) throw new Error('the power went')
          return database.write(work)
        },
      }
      await expect(keeperOn(dying).flush()).rejects.toThrow('the power went')
      // The spool comes back, as if its removal had not reached the disk.
      const name = await tables<ServingTables>(database.reader)
        .selectFrom('model_serving_spool_segment')
        .select('name')
        .executeTakeFirstOrThrow()
      await writeFile(join(folder, name.name.split('/')[1] ?? ''), 'whatever it held')
      await keeper.adopt()
      await keeper.flush()
      expect(await rows()).toHaveLength(2)
      expect(await readdir(folder)).toEqual([])
    })
    it('shares one round among calls that come together', async () => {
      const { keeper, predict, files } = await start()
      predict([0])
      await Promise.all([keeper.flush(), keeper.flush(), keeper.flush()])
      expect(await files()).toHaveLength(1)
    })
  })
})
