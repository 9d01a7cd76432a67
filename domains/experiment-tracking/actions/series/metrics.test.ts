import { onEachStore } from '@millrace/kernel/testing'
import type { TestKernel } from '@millrace/kernel/testing'
import { describe, expect, it } from 'vitest'
import { deleteMetric, deleteRun, editMetric, logRun, readMetricHistory, readMetricsAt, readRun } from '../../domain.ts'
import { settle } from '../../store/settle.ts'
import { aRun, trackingKernel } from '../../testing/a-run.ts'

const base = '/api/millrace/v1/w/default'

async function aRunWithLoss(t: TestKernel, count = 10): Promise<string> {
  const { id } = await aRun(t)
  const metrics = Array.from({ length: count }, (_, i) => ({
    key: 'loss',
    value: 1 / (i + 1),
    step: i,
    timestampMs: i,
  }))
  await t.ingest(logRun, { id, metrics })
  return id
}

onEachStore((openStore) => {
  const start = () => trackingKernel(openStore)

  describe('metrics', () => {
    it('keep fractional steps, and integers to 64 bits, merged or not', async () => {
      const t = await start()
      const { id } = await aRun(t)
      const metrics = [
        { key: 'm', value: 1, step: 0.5, timestampMs: 1 },
        { key: 'm', value: 2, step: '9007199254740993', timestampMs: '-9223372036854775808' },
        { key: 'm', value: 3, step: '9223372036854775807', timestampMs: 1 },
      ]
      await t.ingest(logRun, { id, metrics })
      for (let round = 0; round < 2; round += 1) {
        const { points } = await t.ask(readMetricHistory, { id, key: 'm' })
        expect(points.map(({ step, timestampMs }) => [step, timestampMs])).toEqual([
          [0.5, 1],
          ['9007199254740993', '-9223372036854775808'],
          ['9223372036854775807', 1],
        ])
        expect((await t.ask(readRun, { id })).metricSummaries['m']?.step).toBe('9223372036854775807')
        await settle(t.runtime, { workspace: 'default' }, 'all')
      }
    })
    it('know least, greatest, first, mean, and where they stood at a step', async () => {
      const t = await start()
      const { id } = await aRun(t)
      const values = [3, 'NaN' as const, 1, 1, 7, 'Infinity' as const]
      await t.ingest(logRun, { id, metrics: values.map((value, step) => ({ key: 'm', value, step, timestampMs: 0 })) })
      expect((await t.ask(readRun, { id })).metricSummaries['m']).toEqual({
        step: 5,
        timestampMs: 0,
        points: 6,
        min: 1,
        minStep: 2,
        max: 'Infinity',
        maxStep: 5,
        first: 3,
        mean: 3,
      })
      expect((await t.ask(readMetricsAt, { id, step: 3.5 })).metrics).toEqual({
        m: { step: 3, value: 1, timestampMs: 0 },
      })
      expect((await t.ask(readMetricsAt, { id, step: -1, keys: ['m', 'none'] })).metrics).toEqual({})
    })
    it.each([
      [{ key: '', value: 1 }, 'metrics.0.key'],
      [{ key: 'a', value: 'x' }, 'metrics.0.value'],
      [{ key: 'a', value: 1, step: 'x' }, 'metrics.0.step'],
      [{ key: 'a', value: 1, timestampMs: 1.5 }, 'metrics.0.timestampMs'],
      [null, 'metrics.0.key'],
    ])('refuse %j, naming the field', async (point, path) => {
      const t = await start()
      const { id } = await aRun(t)
      const payload = { metrics: [point] }
      const answer = await t.app.inject({ method: 'POST', url: `${base}/runs/${id}/log`, payload })
      expect(answer.json()).toMatchObject({ status: 400, code: 'kernel/invalid-input', errors: [{ path }] })
    })
    it('are corrected and deleted, with what they were in the audit', async () => {
      const t = await start()
      const id = await aRunWithLoss(t)
      const changes = [
        { step: 9, to: { value: 100 } },
        { step: 0, to: null },
      ]
      expect(await t.act(editMetric, { id, key: 'loss', changes, reason: 'a typo' })).toEqual({ changed: 2, total: 9 })
      expect((await t.ask(readRun, { id })).metrics).toEqual({ loss: 100 })
      expect(t.auditTrail.at(-1)).toMatchObject({
        action: 'experiment-tracking.edit-metric',
        reason: 'a typo',
        before: {
          points: [
            { step: 9, value: 0.1 },
            { step: 0, value: 1 },
          ],
        },
      })
      expect(await t.act(deleteMetric, { id, key: 'loss', fromStep: 5 })).toEqual({ deleted: 5, total: 4 })
      expect((await t.ask(readRun, { id })).metricSummaries['loss']).toMatchObject({ points: 4, max: 0.5, step: 4 })
      await t.act(deleteMetric, { id, key: 'loss' })
      expect((await t.ask(readRun, { id })).metrics).toEqual({})
      await expect(t.act(deleteMetric, { id, key: 'loss' })).rejects.toMatchObject({ status: 404 })
      const none = { id, key: 'loss', changes: [{ step: 1, to: null }] }
      await expect(t.act(editMetric, none)).rejects.toMatchObject({ status: 404 })
      await t.act(deleteRun, { id })
      await expect(t.act(editMetric, none)).rejects.toThrow('is deleted')
    })
    it('come over HTTP page by page, as in process', async () => {
      const t = await start()
      const id = await aRunWithLoss(t)
      const url = `${base}/runs/${id}/metrics/loss?limit=6&order=time`
      const first = (await t.app.inject({ url })).json<{ nextPageToken: string }>()
      expect(first).toEqual(await t.ask(readMetricHistory, { id, key: 'loss', limit: 6, order: 'time' }))
      const rest = (await t.app.inject({ url: `${url}&pageToken=${first.nextPageToken}` })).json<{
        points: unknown[]
      }>()
      expect(rest.points).toHaveLength(4)
      expect((await t.app.inject({ url: `${base}/runs/none/metrics/loss` })).statusCode).toBe(404)
      expect((await t.app.inject({ url: `${base}/runs/${id}/metrics/none` })).json()).toEqual({ points: [], total: 0 })
    })
    it('refuse a page token that is none', async () => {
      const t = await start()
      const id = await aRunWithLoss(t)
      await expect(t.ask(readMetricHistory, { id, key: 'loss', pageToken: 'zz' })).rejects.toMatchObject({
        status: 400,
      })
    })
  })

  describe('series for charts', () => {
    const ask = (t: TestKernel, payload: object, headers = {}) =>
      t.app.inject({ method: 'POST', url: `${base}/runs/series`, payload, headers })

    it('come whole while they are short, over step, time or another metric, and between two x', async () => {
      const t = await start()
      const id = await aRunWithLoss(t, 4)
      const metrics = [9, 8, 7].map((value, i) => ({ key: 'cost', value, step: i, timestampMs: 100 + i }))
      await t.ingest(logRun, { id, metrics })
      const series = async (input: object) => {
        const answer = await ask(t, { runs: [id, 'none'], keys: ['loss'], ...input })
        return answer.json<{ series: unknown[] }>().series
      }
      const head = { runId: id, key: 'loss', total: 4 }
      expect(await series({})).toEqual([{ ...head, inRange: 4, x: [0, 1, 2, 3], y: [1, 1 / 2, 1 / 3, 1 / 4] }])
      expect(await series({ from: 1, to: 2 })).toEqual([{ ...head, inRange: 2, x: [1, 2], y: [1 / 2, 1 / 3] }])
      expect(await series({ x: { metric: 'cost' } })).toEqual([
        { ...head, inRange: 3, x: [7, 8, 9], y: [1 / 3, 1 / 2, 1] },
      ])
      expect(await series({ x: 'relative-time', keys: ['cost'] })).toMatchObject([{ key: 'cost', x: [0, 1, 2] }])
      expect(await series({ x: 'time', keys: ['cost'] })).toMatchObject([{ x: [100, 101, 102] }])
    })
    it('keep every extreme when they are long, in JSON and in columns alike', async () => {
      const t = await start()
      const { id } = await aRun(t)
      const metrics = Array.from({ length: 5000 }, (_, i) => ({
        key: 'm',
        value: i === 2501 ? 99 : i % 10,
        step: i,
        timestampMs: i,
      }))
      await t.ingest(logRun, { id, metrics })
      const wish = { runs: [id], keys: ['m'], buckets: 20 }
      const [json] = (await ask(t, wish)).json<{ series: { x: number[]; y: number[]; total: number }[] }>().series
      expect(json?.y.length).toBeLessThanOrEqual(80)
      expect([json?.total, Math.max(...(json?.y ?? [])), Math.min(...(json?.y ?? []))]).toEqual([5000, 99, 0])
      const bytes = (await ask(t, wish, { accept: 'application/octet-stream' })).rawPayload
      const length = bytes.readUInt32LE(0)
      const header = JSON.parse(bytes.toString('utf8', 4, 4 + length)) as {
        series: { x: { offset: number; count: number }; y: { offset: number; count: number } }[]
      }
      const numbers = new Float64Array(
        bytes.buffer.slice(bytes.byteOffset + 4 + length, bytes.byteOffset + bytes.length),
      )
      const [series] = header.series
      const { x, y } = series ?? { x: { offset: 0, count: 0 }, y: { offset: 0, count: 0 } }
      expect((4 + length) % 8).toBe(0)
      expect([...numbers.subarray(x.offset, x.offset + x.count)]).toEqual(json?.x)
      expect([...numbers.subarray(y.offset, y.offset + y.count)]).toEqual(json?.y)
    })
  })

  describe('an export', () => {
    it('holds every point as CSV, and the same as Parquet', async () => {
      const t = await start()
      const { id } = await aRun(t)
      await t.ingest(logRun, {
        id,
        metrics: [
          { key: 'a,"b"', value: 'NaN', step: '9007199254740993', timestampMs: 5 },
          { key: 'c', value: 0.25, step: 1, timestampMs: 6 },
        ],
      })
      const csv = await t.app.inject({ url: `${base}/runs/${id}/metrics-export` })
      expect(csv.body).toBe(
        `run_id,key,step,timestamp_ms,value\n${id},"a,""b""",9007199254740993,5,NaN\n${id},c,1,6,0.25\n`,
      )
      const parquet = await t.app.inject({ url: `${base}/runs/${id}/metrics-export?format=parquet` })
      expect(parquet.headers['content-type']).toBe('application/vnd.apache.parquet')
      expect(parquet.rawPayload.toString('latin1', 0, 4)).toBe('PAR1')
      expect((await t.app.inject({ url: `${base}/runs/none/metrics-export` })).statusCode).toBe(404)
    })
  })
})
