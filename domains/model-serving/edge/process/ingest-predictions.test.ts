import { aPerson, onEachStore, testKernel } from '@millrace/kernel/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { putEndpoint } from '../../actions/put-endpoint.ts'
import { endpointHashOf, makePredictionId } from '../../model/prediction-id.ts'
import { createCompactorClient } from '../../process/control/compactor-client.ts'
import { createLogKeeper } from '../../process/control/log-keeper.ts'
import { logReads } from '../../store/log-reads.ts'
import { servingDomains } from '../../testing/a-served-model.ts'
import { createIngest } from './ingest-predictions.ts'

const context = { actor: aPerson('ann'), workspace: 'default' }
const column = (name: string) => ({ name, datatype: 'FP32' as const, shape: [-1, 1] })
const signature = { inputs: [column('x')], outputs: [column('p')] }

onEachStore((openStore) => {
  const start = async () => {
    const t = await testKernel({
      database: await openStore(),
      domains: (runtime) =>
        servingDomains(runtime, 'none').domains.map((domain) =>
          domain.name === 'model-serving' ? { ...domain, start: async () => {}, stop: async () => {} } : domain,
        ),
    })
    await t.act(putEndpoint, { name: 'e', model: 'tiny' })
    const { dataDir, database, log } = t.runtime
    const compactor = createCompactorClient({ dataDir })
    onTestFinished(() => compactor.close())
    const keeper = createLogKeeper({
      dataDir,
      compactor,
      log,
      database,
      newName: () => t.runtime.newId('seg'),
      nowMs: () => 0,
      foldersInUse: () => [],
      rotate: async () => {},
      beforeSegments: async () => {},
      beforeLabels: async () => {},
    })
    const ingest = createIngest(t.runtime, keeper)
    const send = (rows: readonly ReturnType<typeof aRow>[]) =>
      ingest({ name: 'e', versionId: null, version: 3, signature, rows: [...rows] }, context)
    return { send, keeper, counts: () => logReads(database.reader, 'default').counts({ endpoint: 'e' }) }
  }
  const aRow = (at: number, endpoint = 'e') => {
    const id = `${makePredictionId(1_700_000_000_000 + at, endpointHashOf('default', endpoint), new Uint8Array(12))}.0`
    return { id, atMs: at, latencyUs: 10, inputs: { x: at }, outputs: { p: 0.5 } }
  }

  describe('predictions that were made elsewhere', () => {
    it('come into the log once, however often and in whatever batches they are sent', async () => {
      const { send, keeper, counts } = await start()
      expect(await send([aRow(1), aRow(2)])).toEqual({ taken: 2, known: 0 })
      expect(await send([aRow(1), aRow(2)])).toEqual({ taken: 0, known: 2 })
      // At once, as two devices' tabs would, and cut otherwise.
      const both = await Promise.all([send([aRow(2), aRow(3)]), send([aRow(3), aRow(4), aRow(4)])])
      expect(both).toEqual([
        { taken: 1, known: 1 },
        { taken: 1, known: 2 },
      ])
      await keeper.flush()
      expect(await counts()).toMatchObject([{ rows: 4, requests: 4, version: 3, deployment_id: 'edge' }])
    })

    it('are refused when another endpoint made them, or their ids are none', async () => {
      const { send } = await start()
      await expect(send([aRow(1, 'other')])).rejects.toThrow('was not made by the endpoint "e"')
      await expect(send([{ ...aRow(1), id: "pred_'; drop" }])).rejects.toThrow('is not a prediction id')
    })
  })
})
