import type { TestKernel } from '@millrace/kernel/testing'
import { onEachStore } from '@millrace/kernel/testing'
import { describe, expect, it } from 'vitest'
import type { Answer } from '../../testing/ask-mlflow.ts'
import { ask, mlflowKernel, startRun } from '../../testing/ask-mlflow.ts'

const code = ({ status, body }: Answer) => [status, body['error_code']]
const sentence = ({ body }: Answer) => String(body['message'])

async function tagsOf(t: TestKernel, id: string): Promise<object[]> {
  const { body } = await ask(t, 'GET', `runs/get?run_id=${id}`)
  const { run } = body as unknown as { run: { data: { tags: object[] } } } // MLflow's form
  return run.data.tags
}

onEachStore((openStore) => {
  const start = () => mlflowKernel(openStore)

  describe('a request', () => {
    it('must say that it carries JSON when it is a POST, and need not when it is a PATCH', async () => {
      const t = await start()
      const url = '/api/2.0/mlflow/experiments/create'
      const bare = await t.app.inject({ method: 'POST', url })
      expect(bare.json()).toMatchObject({ message: 'Bad Request. Content-Type header is missing.', sqlstate: 'KAM00' })
      const plain = await t.app.inject({ method: 'POST', url, payload: 'x', headers: { 'content-type': 'text/plain' } })
      expect(plain.json()).toMatchObject({
        error_code: 'INVALID_PARAMETER_VALUE',
        message: "Bad Request. Content-Type must be one of ['application/json'].",
      })
      const patch = await t.app.inject({ method: 'PATCH', url: '/api/2.0/mlflow/logged-models/m-none' })
      expect(patch.json<{ message: string }>().message).toContain("Missing value for required parameter 'status'")
    })
    it('is told which value is wrong as it was written, and which is missing', async () => {
      const t = await start()
      const wrong = await ask(t, 'POST', 'experiments/create', '{"name": "e", "artifact_location": 9.0}')
      expect(sentence(wrong)).toBe(
        "Invalid value 9.0 for parameter 'artifact_location' supplied:  Hint: Value was of type 'int'. See the API docs for more information about request parameters.",
      )
      expect(sentence(await ask(t, 'POST', 'runs/log-inputs', {}))).toContain(
        "Missing value for required parameter 'run_id'.",
      )
      expect(sentence(await ask(t, 'POST', 'experiments/create', { name: 'x'.repeat(501) }))).toBe(
        "'name' exceeds the maximum length of 500 characters",
      )
    })
    it('learns of the server under both prefixes', async () => {
      const t = await start()
      for (const prefix of ['/api', '/ajax-api']) {
        const answer = await t.app.inject(`${prefix}/3.0/mlflow/server-info`)
        expect(answer.json()).toMatchObject({ store_type: 'SqlStore', workspaces_enabled: false })
      }
    })
  })

  describe('an experiment', () => {
    it('that is deleted is neither renamed, tagged nor deleted again, and comes back once', async () => {
      const t = await start()
      await ask(t, 'POST', 'experiments/create', { name: 'e' })
      const one = { experiment_id: '1' }
      expect(code(await ask(t, 'POST', 'experiments/restore', one))).toEqual([404, 'RESOURCE_DOES_NOT_EXIST'])
      expect((await ask(t, 'POST', 'experiments/delete', one)).status).toBe(200)
      expect(code(await ask(t, 'POST', 'experiments/delete', one))).toEqual([404, 'RESOURCE_DOES_NOT_EXIST'])
      const renamed = await ask(t, 'POST', 'experiments/update', { ...one, new_name: 'f' })
      expect([renamed.status, sentence(renamed)]).toEqual([400, 'Cannot rename a non-active experiment.'])
      const tagged = await ask(t, 'POST', 'experiments/set-experiment-tag', { ...one, key: 'a', value: 'b' })
      expect(sentence(tagged)).toBe("The experiment 1 must be in the 'active' state. Current state is deleted.")
      expect((await ask(t, 'POST', 'experiments/restore', one)).status).toBe(200)
    })
    it('names the data its runs used, under the address without a slash, too', async () => {
      const t = await start()
      const id = await startRun(t)
      const dataset = { name: 'flights', digest: '1', source_type: 'http', source: '{}' }
      const tags = [
        { key: 'part', value: 'a' },
        { key: 'mlflow.data.context', value: 'training' },
      ]
      const datasets = [{ dataset, tags }, { dataset }]
      await ask(t, 'POST', 'runs/log-inputs', { run_id: id, datasets })
      const used = { dataset_summaries: [{ experiment_id: '0', name: 'flights', digest: '1', context: 'training' }] }
      expect((await ask(t, 'POST', 'experiments/search-datasets', { experiment_ids: ['0'] })).body).toEqual(used)
      const odd = await t.app.inject({
        method: 'POST',
        url: '/api/2.0mlflow/experiments/search-datasets',
        payload: { experiment_ids: ['0'] },
      })
      expect(odd.json()).toEqual(used)
      const { body } = await ask(t, 'GET', `runs/get?run_id=${id}`)
      expect(body).toMatchObject({ run: { inputs: { dataset_inputs: [{ tags, dataset }] } } })
      expect(sentence(await ask(t, 'POST', 'experiments/search-datasets', {}))).toContain('at least one experiment_id')
    })
  })

  describe('a run', () => {
    it('may name a parent that is not there, but not two names', async () => {
      const t = await start()
      const orphan = await startRun(t, { tags: [{ key: 'mlflow.parentRunId', value: '7' }] })
      expect(await tagsOf(t, orphan)).toContainEqual({ key: 'mlflow.parentRunId', value: '7' })
      const tags = [{ key: 'mlflow.runName', value: 'b' }]
      const two = await ask(t, 'POST', 'runs/create', { experiment_id: '0', run_name: 'a', tags })
      expect(sentence(two)).toBe(
        "Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values (run_name='a', mlflow.runName='b').",
      )
    })
    it('keeps the models that old clients log in a tag', async () => {
      const t = await start()
      const id = await startRun(t)
      const model = { run_id: id, artifact_path: 'model', flavors: {}, utc_time_created: 'now' }
      for (let times = 0; times < 2; times += 1)
        await ask(t, 'POST', 'runs/log-model', { run_id: id, model_json: JSON.stringify(model) })
      const tag = { key: 'mlflow.log-model.history', value: JSON.stringify([model, model]) }
      expect(await tagsOf(t, id)).toContainEqual(tag)
      const partly = await ask(t, 'POST', 'runs/log-model', { run_id: id, model_json: '{"run_id":"x"}' })
      expect(sentence(partly)).toContain("missing mandatory fields: {'artifact_path', 'flavors', 'utc_time_created'}")
    })
  })

  describe('a logged model', () => {
    it('is found by what was measured, page by page, and gone once deleted', async () => {
      const t = await start()
      const id = await startRun(t)
      const ids: string[] = []
      for (const name of ['a', 'b']) {
        const { body } = await ask(t, 'POST', 'logged-models', { experiment_id: '0', name, source_run_id: id })
        const { model } = body as unknown as { model: { info: { model_id: string } } } // MLflow's form
        ids.push(model.info.model_id)
      }
      const [first = '', second = ''] = ids
      await ask(t, 'POST', 'runs/outputs', { run_id: id, models: [{ model_id: first, step: '3' }] })
      const metric = { run_id: id, key: 'loss', value: 0.5, timestamp: 5, model_id: first, dataset_name: 'd' }
      expect((await ask(t, 'POST', 'runs/log-metric', metric)).status).toBe(200)
      const found = await ask(t, 'POST', 'logged-models/search', {
        experiment_ids: ['0'],
        filter: 'metrics.loss < 1',
        datasets: [{ dataset_name: 'd' }],
        order_by: [{ field_name: 'metrics.loss', ascending: false }],
      })
      const { model_id: _model, run_id: _run, ...measured } = metric
      expect(found.body).toMatchObject({ models: [{ info: { model_id: first }, data: { metrics: [measured] } }] })

      const page = await ask(t, 'POST', 'logged-models/search', { experiment_ids: ['0'], max_results: 1 })
      const page_token = page.body['next_page_token']
      const next = { experiment_ids: ['0'], max_results: 1, page_token }
      expect((await ask(t, 'POST', 'logged-models/search', next)).body).not.toHaveProperty('next_page_token')
      const other = await ask(t, 'POST', 'logged-models/search', { ...next, filter: "name = 'a'" })
      expect(sentence(other)).toContain('Filter string in the page token does not match')

      expect((await ask(t, 'DELETE', `logged-models/${second}`)).status).toBe(200)
      expect(code(await ask(t, 'GET', `logged-models/${second}`))).toEqual([404, 'RESOURCE_DOES_NOT_EXIST'])
      expect((await ask(t, 'GET', `logged-models/${second}?allow_deleted=True`)).status).toBe(200)
      const { body } = await ask(t, 'GET', `runs/get?run_id=${id}`)
      expect(body).toMatchObject({ run: { outputs: { model_outputs: [{ model_id: first, step: 3 }] } } })
    })
    it('refuses a name with a slash, and says which tag it does not have', async () => {
      const t = await start()
      expect(sentence(await ask(t, 'POST', 'logged-models', { experiment_id: '0', name: 'a/b' }))).toContain(
        "Invalid model name ('a/b') provided.",
      )
      const { body } = await ask(t, 'POST', 'logged-models', { experiment_id: '0' })
      const { model } = body as unknown as { model: { info: { model_id: string } } } // MLflow's form
      const gone = await ask(t, 'DELETE', `logged-models/${model.info.model_id}/tags/x`)
      expect(sentence(gone)).toBe(`No tag with key 'x' found for model with ID '${model.info.model_id}'.`)
    })
  })
})
