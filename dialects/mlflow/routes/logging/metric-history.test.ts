import { onEachStore } from '@millrace/kernel/testing'
import type { TestKernel } from '@millrace/kernel/testing'
import { describe, expect, it } from 'vitest'
import { ask, mlflowKernel, startRun } from '../../testing/ask-mlflow.ts'

interface Logged {
  readonly step: number
  readonly timestamp: number
  readonly value: number
}

// As the reference observed it of MLflow.
const observed: readonly Logged[] = [
  { step: 1, timestamp: 1, value: 1 },
  { step: 2, timestamp: 2, value: 2 },
  { step: 3, timestamp: 3, value: 3 },
  { step: 2, timestamp: 5, value: 1.5 },
]

async function aRunWith(t: TestKernel, points: readonly Logged[]): Promise<string> {
  const id = await startRun(t)
  const metrics = points.map((point) => ({ key: 'm', ...point }))
  expect((await ask(t, 'POST', 'runs/log-batch', { run_id: id, metrics })).status).toBe(200)
  return id
}

async function metricsOf(t: TestKernel, path: string): Promise<readonly (Logged & { run_id?: string })[]> {
  const { body } = await ask(t, 'GET', path)
  return (body as { metrics?: readonly (Logged & { run_id?: string })[] }).metrics ?? []
}

const times = (metrics: readonly Logged[]) => metrics.map(({ timestamp }) => timestamp)

onEachStore((openStore) => {
  const start = () => mlflowKernel(openStore)

  describe('metrics read back by MLflow’s clients', () => {
    it('come for many runs at once, by run and then by time', async () => {
      const t = await start()
      const ids = [await aRunWith(t, observed), await aRunWith(t, observed.slice(0, 1))].toSorted()
      const bulk = `metrics/get-history-bulk?metric_key=m&run_id=${ids[1]}&run_id=${ids[0]}`
      const all = await metricsOf(t, bulk)
      const byRun = ids.map((id) => times(all.filter(({ run_id }) => run_id === id)))
      expect(all.map(({ run_id }) => run_id)).toEqual(ids.flatMap((id, i) => (byRun[i] ?? []).map(() => id)))
      expect(byRun).toContainEqual([1, 2, 3, 5])
      expect(byRun).toContainEqual([1])
      expect(await metricsOf(t, `${bulk}&max_results=2`)).toHaveLength(2)
    })
    it('come in samples, by step, with both ends', async () => {
      const t = await start()
      const id = await aRunWith(t, observed)
      const interval = `metrics/get-history-bulk-interval?metric_key=m&run_ids=${id}`
      expect(times(await metricsOf(t, interval))).toEqual([1, 2, 5, 3])
      expect(times(await metricsOf(t, `${interval}&start_step=2&end_step=2`))).toEqual([2, 5])
      expect(times(await metricsOf(t, `${interval}&max_results=2`))).toEqual([1, 3])
      expect(times(await metricsOf(t, `${interval}&max_results=1`))).toEqual([3])
      const many = await aRunWith(
        t,
        Array.from({ length: 10 }, (_, i) => ({ step: 0, timestamp: i, value: i })),
      )
      const sample = await metricsOf(t, `metrics/get-history-bulk-interval?metric_key=m&run_ids=${many}&max_results=4`)
      expect(times(sample)).toEqual([0, 3, 6, 9])
    })
    it('keep integers of 64 bits to the last digit', async () => {
      const t = await start()
      const id = await startRun(t)
      const point = `{"run_id":"${id}","key":"m","value":1,"timestamp":9007199254740993,"step":-9223372036854775808}`
      await ask(t, 'POST', 'runs/log-metric', point)
      const url = `/api/2.0/mlflow/metrics/get-history?run_id=${id}&metric_key=m`
      expect((await t.app.inject({ url })).body).toBe(
        '{"metrics":[{"key":"m","value":1,"timestamp":9007199254740993,"step":-9223372036854775808}]}',
      )
    })
    it('are none of a run that is not there', async () => {
      const t = await start()
      expect(await ask(t, 'GET', 'metrics/get-history?run_id=none&metric_key=m')).toEqual({ status: 200, body: {} })
    })
    it.each([
      ['metrics/get-history?run_id=r&metric_key=m&max_results=0', 'Invalid value 0 for parameter'],
      ['metrics/get-history?run_id=r', "Missing value for required parameter 'metric_key'"],
      ['metrics/get-history-bulk?metric_key=m', 'must specify at least one run_id.'],
      ['metrics/get-history-bulk?run_id=r', 'must specify a metric_key.'],
      [`metrics/get-history-bulk?metric_key=m${'&run_id=r'.repeat(101)}`, 'Received 101 run_ids.'],
      ['metrics/get-history-bulk-interval?metric_key=m', "Missing value for required parameter 'run_ids'"],
      ['metrics/get-history-bulk-interval?metric_key=m&run_ids=r&start_step=1', 'both must be specified.'],
      ['metrics/get-history-bulk-interval?metric_key=m&run_ids=r&start_step=2&end_step=1', 'Found start_step=2'],
      ['metrics/get-history-bulk-interval?metric_key=m&run_ids=r&max_results=2501', 'between 1 and 2500.'],
    ])('%s is refused', async (path, message) => {
      const t = await start()
      const { status, body } = await ask(t, 'GET', path)
      expect(status).toBe(400)
      expect(body['message']).toContain(message)
    })
  })

  describe('metrics that are no metrics', () => {
    it.each([
      [{ key: 'm', value: 1, timestamp: -1 }, "parameter 'metrics[0].timestamp' supplied: metric 'm' (value=1)."],
      [{ key: '../x', value: 1, timestamp: 1 }, "'metrics[0].name' supplied: Names may be treated as files"],
      [{ key: '../x', value: 1, timestamp: 1 }, "would resolve to '../x'"],
      [{ key: 'm', value: 'one', timestamp: 1 }, 'Invalid value "one" for parameter \'metrics[0].value\' supplied'],
      [{ key: 'm', value: 1 }, "Missing value for required parameter 'metrics[0].timestamp'"],
    ])('%j is refused, and nothing of its batch is kept', async (metric, message) => {
      const t = await start()
      const run_id = await startRun(t)
      const { status, body } = await ask(t, 'POST', 'runs/log-batch', {
        run_id,
        metrics: [metric, { key: 'good', value: 1, timestamp: 1 }],
        params: [{ key: 'p', value: '1' }],
      })
      expect(status).toBe(400)
      expect(body['message']).toContain(message)
      expect((await ask(t, 'GET', `runs/get?run_id=${run_id}`)).body).not.toMatchObject({
        run: { data: { params: [{}] } },
      })
    })
    it('says of a changed param what MLflow says, alone and in a batch', async () => {
      const t = await start()
      const run_id = await startRun(t)
      await ask(t, 'POST', 'runs/log-parameter', { run_id, key: 'p', value: '1' })
      const alone = await ask(t, 'POST', 'runs/log-parameter', { run_id, key: 'p', value: '2' })
      expect(alone.body['message']).toBe(
        `Changing param values is not allowed. Param with key='p' was already logged with value='1' for run ID='${run_id}'. Attempted logging new value '2'.`,
      )
      const batch = await ask(t, 'POST', 'runs/log-batch', { run_id, params: [{ key: 'p', value: '2' }] })
      expect(batch.body['message']).toBe(
        `Changing param values is not allowed. Params were already logged='[{'key': 'p', 'old_value': '1', 'new_value': '2'}]' for run ID='${run_id}'.`,
      )
    })
  })
})
