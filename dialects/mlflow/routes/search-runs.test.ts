import { onEachStore } from '@millrace/kernel/testing'
import { describe, expect, it } from 'vitest'
import type { Answer } from '../testing/ask-mlflow.ts'
import { ask, mlflowKernel } from '../testing/ask-mlflow.ts'

/** MLflow's form, as far as the tests look into it. */
interface MlflowRun {
  readonly info: { readonly run_id: string; readonly start_time: number }
}
const runOf = ({ body }: Answer) => (body as unknown as { run: MlflowRun }).run
const pageOf = ({ body }: Answer) => body as unknown as { runs?: MlflowRun[]; next_page_token?: string }

onEachStore((openStore) => {
  describe('runs/search', () => {
    it('gives each run as runs/get gives it, whatever was written to it, and in whichever way', async () => {
      const t = await mlflowKernel(openStore)
      const tags = [
        { key: 'mlflow.user', value: 'bob' },
        { key: 'quo"te', value: 'a\n\\ü\u{1f600}\u2028' },
      ]
      const created = await ask(t, 'POST', 'runs/create', { experiment_id: '0', run_name: 'n"1', start_time: 5, tags })
      const { run_id } = runOf(created).info
      const metrics = ['b', 'a', 'nan'].map((key) => ({
        key,
        value: key === 'nan' ? 'NaN' : 1.5,
        timestamp: 7,
        step: 3,
      }))
      await ask(t, 'POST', 'runs/log-batch', { run_id, metrics, params: [{ key: 'lr', value: '0.1' }] })
      await ask(t, 'POST', 'runs/log-parameter', { run_id, key: 'a', value: "it's" })
      await ask(t, 'POST', 'runs/set-tag', { run_id, key: 'x', value: '1' })
      await ask(t, 'POST', 'runs/set-tag', { run_id, key: 'x', value: '2' })
      await ask(t, 'POST', 'runs/set-tag', { run_id, key: 'gone', value: '2' })
      await ask(t, 'POST', 'runs/delete-tag', { run_id, key: 'gone' })
      const dataset = { name: 'flights', digest: 'd1', source_type: 'local', source: '{}' }
      const dataTags = [{ key: 'mlflow.data.context', value: 'training' }]
      await ask(t, 'POST', 'runs/log-inputs', { run_id, datasets: [{ dataset, tags: dataTags }] })
      await ask(t, 'POST', 'runs/update', { run_id, status: 'FINISHED', end_time: 9, run_name: 'later' })
      const got = await ask(t, 'GET', `runs/get?run_id=${run_id}`)
      const [found] = pageOf(await ask(t, 'POST', 'runs/search', { experiment_ids: ['0'] })).runs ?? []
      expect(sorted(found)).toEqual(sorted(runOf(got)))
      expect(found).toMatchObject({ info: { user_id: 'bob', run_name: 'later', end_time: 9 } })
    })
    it('gives a run that has nothing, and an empty page', async () => {
      const t = await mlflowKernel(openStore)
      expect((await ask(t, 'POST', 'runs/search', { experiment_ids: ['0'] })).body).toEqual({})
      expect((await ask(t, 'POST', 'runs/search', {})).body).toEqual({})
      const created = await ask(t, 'POST', 'runs/create', { experiment_id: '0', start_time: 5 })
      const { info } = runOf(created)
      const { body } = await ask(t, 'POST', 'runs/search', { experiment_ids: ['0'] })
      expect(body).toMatchObject({ runs: [{ info, inputs: {}, outputs: {} }] })
    })
    it('walks pages by tokens, and refuses a token that is none in MLflow’s words', async () => {
      const t = await mlflowKernel(openStore)
      for (let at = 0; at < 5; at += 1) await ask(t, 'POST', 'runs/create', { experiment_id: '0', start_time: at })
      const times: number[] = []
      let token: string | undefined
      do {
        const asked = { experiment_ids: ['0'], max_results: 2, page_token: token }
        const { runs = [], next_page_token: next } = pageOf(await ask(t, 'POST', 'runs/search', asked))
        times.push(...runs.map(({ info }) => info.start_time))
        token = next
      } while (token !== undefined)
      expect(times).toEqual([4, 3, 2, 1, 0])
      const refused = await ask(t, 'POST', 'runs/search', { experiment_ids: ['0'], page_token: 'x!' })
      expect(refused).toMatchObject({
        status: 400,
        body: { error_code: 'INVALID_PARAMETER_VALUE', message: 'Invalid page token, could not base64-decode' },
      })
    })
  })
})

/** Lists by key: upstream gives them in no fixed order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(sorted).toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  }
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, sorted(member)]))
}
