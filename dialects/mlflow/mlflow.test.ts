import { onEachStore } from '@millrace/kernel/testing'
import { describe, expect, it } from 'vitest'
import { ask, mlflowKernel, startRun } from './testing/ask-mlflow.ts'

// Matchers whose type is not `any`.
const containing = (text: string): unknown => expect.stringContaining(text)
const withAll = (items: unknown[]): unknown => expect.arrayContaining(items)

onEachStore((openStore) => {
  const start = () => mlflowKernel(openStore)

  describe('experiments in MLflow’s words', () => {
    it('are made, found, renamed, tagged, deleted and restored', async () => {
      const t = await start()
      expect(
        (await ask(t, 'POST', 'experiments/create', { name: 'e1', tags: [{ key: 'a', value: 'b' }] })).body,
      ).toEqual({ experiment_id: '1' })
      expect(await ask(t, 'GET', 'experiments/get?experiment_id=1')).toMatchObject({
        status: 200,
        body: {
          experiment: {
            experiment_id: '1',
            name: 'e1',
            artifact_location: 'mlflow-artifacts:/1',
            lifecycle_stage: 'active',
            tags: [{ key: 'a', value: 'b' }],
          },
        },
      })
      await ask(t, 'POST', 'experiments/update', { experiment_id: '1', new_name: 'e2' })
      await ask(t, 'POST', 'experiments/set-experiment-tag', { experiment_id: '1', key: 'c', value: 'd' })
      await ask(t, 'POST', 'experiments/delete-experiment-tag', { experiment_id: '1', key: 'a' })
      expect((await ask(t, 'GET', 'experiments/get-by-name?experiment_name=e2')).body).toMatchObject({
        experiment: { tags: [{ key: 'c', value: 'd' }] },
      })
      await ask(t, 'POST', 'experiments/delete', { experiment_id: '1' })
      expect((await ask(t, 'POST', 'experiments/search', { max_results: 10 })).body).toMatchObject({
        experiments: [{ experiment_id: '0', name: 'Default' }],
      })
      expect((await ask(t, 'GET', 'experiments/search?max_results=10&view_type=DELETED_ONLY')).body).toMatchObject({
        experiments: [{ name: 'e2', lifecycle_stage: 'deleted' }],
      })
      expect((await ask(t, 'POST', 'experiments/restore', { experiment_id: '1' })).body).toEqual({})
    })
    it.each([
      [
        'GET',
        'experiments/get?experiment_id=999',
        undefined,
        404,
        'RESOURCE_DOES_NOT_EXIST',
        'No Experiment with id=999 exists',
      ],
      [
        'GET',
        'experiments/get?experiment_id=abc',
        undefined,
        400,
        'INVALID_PARAMETER_VALUE',
        "Invalid experiment ID 'abc'. Experiment ID must be a valid integer.",
      ],
      [
        'GET',
        'experiments/get-by-name?experiment_name=X',
        undefined,
        404,
        'RESOURCE_DOES_NOT_EXIST',
        "Could not find experiment with name 'X'",
      ],
      [
        'POST',
        'experiments/create',
        { name: 'Default' },
        400,
        'RESOURCE_ALREADY_EXISTS',
        'Experiment(name=Default) already exists.',
      ],
      [
        'POST',
        'experiments/create',
        {},
        400,
        'INVALID_PARAMETER_VALUE',
        "Missing value for required parameter 'name'.",
      ],
      [
        'POST',
        'experiments/search',
        { max_results: 0 },
        400,
        'INVALID_PARAMETER_VALUE',
        'It must be a positive integer',
      ],
    ] as const)('%s %s is refused as MLflow refuses it', async (method, path, body, status, code, message) => {
      const t = await start()
      expect(await ask(t, method, path, body)).toMatchObject({
        status,
        body: { error_code: code, message: containing(message) },
      })
    })
  })

  describe('runs in MLflow’s words', () => {
    it('carry their data, and keep the client’s tags, user and code', async () => {
      const t = await start()
      const tags = [
        { key: 'mlflow.user', value: 'alice' },
        { key: 'mlflow.source.git.commit', value: 'c'.repeat(40) },
        { key: 'mlflow.source.name', value: 'train.py' },
      ]
      const id = await startRun(t, { run_name: 'r1', user_id: 'alice', tags })
      await ask(t, 'POST', 'runs/log-batch', {
        run_id: id,
        metrics: [{ key: 'm', value: 1.5, timestamp: 7, step: 3 }],
        params: [{ key: 'p', value: '1' }],
        tags: [{ key: 't', value: 'v' }],
      })
      await ask(t, 'POST', 'runs/update', { run_id: id, status: 'FINISHED', end_time: 1_700_000_005_000 })
      const { body } = await ask(t, 'GET', `runs/get?run_id=${id}&run_uuid=${id}`)
      expect(body).toMatchObject({
        run: {
          info: {
            run_id: id,
            run_uuid: id,
            run_name: 'r1',
            user_id: 'alice',
            status: 'FINISHED',
            start_time: 1_700_000_000_000,
            end_time: 1_700_000_005_000,
            artifact_uri: `mlflow-artifacts:/0/${id}/artifacts`,
            lifecycle_stage: 'active',
          },
          data: {
            metrics: [{ key: 'm', value: 1.5, timestamp: 7, step: 3 }],
            params: [{ key: 'p', value: '1' }],
            tags: withAll([
              { key: 'mlflow.runName', value: 'r1' },
              { key: 't', value: 'v' },
            ]),
          },
        },
      })
      expect(t.edges).toMatchObject([{ type: 'used_code', from: { kind: 'run', id } }])
    })
    it('take NaN and infinity, bare or as text, and give them back as text', async () => {
      const t = await start()
      const id = await startRun(t)
      await ask(t, 'POST', 'runs/log-metric', `{"run_id": "${id}", "key": "NaN \\" key", "value": 0, "timestamp": 1}`)
      await ask(t, 'POST', 'runs/log-metric', `{"run_id": "${id}", "key": "a", "value": NaN, "timestamp": 1}`)
      await ask(t, 'POST', 'runs/log-metric', { run_id: id, key: 'b', value: '-Infinity', timestamp: '2' })
      expect((await ask(t, 'GET', `metrics/get-history?run_id=${id}&metric_key=a`)).body).toEqual({
        metrics: [{ key: 'a', value: 'NaN', timestamp: 1, step: 0 }],
      })
      expect((await ask(t, 'GET', `metrics/get-history?run_id=${id}&metric_key=b`)).body).toMatchObject({
        metrics: [{ value: '-Infinity' }],
      })
      expect((await ask(t, 'GET', `metrics/get-history?run_id=${id}&metric_key=none`)).body).toEqual({})
    })
    it('give a metric’s history by time, page by page', async () => {
      const t = await start()
      const id = await startRun(t)
      const metrics = [3, 1, 2].map((timestamp) => ({ key: 'm', value: timestamp, timestamp, step: 10 - timestamp }))
      await ask(t, 'POST', 'runs/log-batch', { run_id: id, metrics })
      const first = await ask(t, 'GET', `metrics/get-history?run_id=${id}&metric_key=m&max_results=2`)
      expect(first.body).toMatchObject({ metrics: [{ timestamp: 1 }, { timestamp: 2 }] })
      const second = await ask(
        t,
        'GET',
        `metrics/get-history?run_id=${id}&metric_key=m&max_results=2&page_token=${String(first.body['next_page_token'])}`,
      )
      expect(second.body).toEqual({ metrics: [{ key: 'm', value: 3, timestamp: 3, step: 7 }] })
    })
    it('are renamed by their tag, and keep data sets a client speaks of', async () => {
      const t = await start()
      const id = await startRun(t)
      await ask(t, 'POST', 'runs/set-tag', { run_id: id, key: 'mlflow.runName', value: 'new name' })
      const dataset = { name: 'd', digest: 'x', source_type: 'local', source: '{}', schema: '{}' }
      await ask(t, 'POST', 'runs/log-inputs', {
        run_id: id,
        datasets: [
          {
            dataset,
            tags: [
              { key: 'mlflow.data.context', value: 'eval' },
              { key: 'k', value: 'v' },
            ],
          },
        ],
      })
      expect((await ask(t, 'GET', `runs/get?run_id=${id}`)).body).toMatchObject({
        run: {
          info: { run_name: 'new name' },
          inputs: {
            dataset_inputs: [
              {
                tags: [
                  { key: 'mlflow.data.context', value: 'eval' },
                  { key: 'k', value: 'v' },
                ],
                dataset,
              },
            ],
          },
        },
      })
    })
    it('are searched, deleted and restored', async () => {
      const t = await start()
      const [one, two] = [await startRun(t, { run_name: 'one' }), await startRun(t, { run_name: 'two' })]
      await ask(t, 'POST', 'runs/log-metric', { run_id: one, key: 'm', value: 1, timestamp: 1 })
      expect(
        (await ask(t, 'POST', 'runs/search', { experiment_ids: ['0'], filter: 'metrics.m > 0' })).body,
      ).toMatchObject({ runs: [{ info: { run_name: 'one' } }] })
      expect((await ask(t, 'POST', 'runs/search', { filter: '' })).body).toEqual({})
      await ask(t, 'POST', 'runs/delete', { run_id: two })
      const deleted = await ask(t, 'POST', 'runs/search', {
        experiment_ids: ['0'],
        run_view_type: 'DELETED_ONLY',
        max_results: 1,
      })
      expect(deleted.body).toMatchObject({ runs: [{ info: { run_name: 'two', lifecycle_stage: 'deleted' } }] })
      expect((await ask(t, 'POST', 'runs/restore', { run_id: two })).body).toEqual({})
      const paged = await ask(t, 'POST', 'runs/search', {
        experiment_ids: ['0'],
        max_results: 1,
        order_by: ['attributes.run_name ASC'],
      })
      const rest = await ask(t, 'POST', 'runs/search', {
        experiment_ids: ['0'],
        max_results: 1,
        order_by: ['attributes.run_name ASC'],
        page_token: paged.body['next_page_token'],
      })
      expect(rest.body).toMatchObject({ runs: [{ info: { run_name: 'two' } }] })
    })
    it.each([
      [
        'runs/log-parameter',
        { key: 'p', value: '2' },
        "Changing param values is not allowed. Param with key='p' was already logged with value='1'",
      ],
      [
        'runs/log-batch',
        { metrics: [{ key: 'm', timestamp: 1 }] },
        "Missing value for required parameter 'metrics[0].value'.",
      ],
      [
        'runs/log-batch',
        { metrics: 5 },
        "Invalid value 5 for parameter 'metrics' supplied:  Hint: Value was of type 'int'.",
      ],
      [
        'runs/log-batch',
        { params: Array.from({ length: 101 }, (_, index) => ({ key: `k${index}`, value: '' })) },
        'at most 100 params. Got 101 params.',
      ],
      [
        'runs/log-batch',
        {
          params: [
            { key: 'q', value: '1' },
            { key: 'q', value: '1' },
          ],
        },
        "Duplicate parameter keys have been submitted: ['q'].",
      ],
      ['runs/set-tag', { key: '../x', value: '' }, 'Names may be treated as files in certain cases'],
      ['runs/set-tag', { key: 'a;b', value: '' }, 'Names may only contain'],
      ['runs/update', { status: 'NOPE' }, "parameter 'status'"],
      [
        'runs/search',
        { experiment_ids: ['0'], max_results: 50_001 },
        "Invalid value 50001 for parameter 'max_results' supplied",
      ],
      ['runs/search', { page_token: '%%%' }, 'Invalid page token, could not base64-decode'],
      ['runs/search', { filter: 'foo = 1' }, "Invalid attribute key 'foo' specified."],
      ['runs/search', { run_view_type: 'SOME' }, "parameter 'run_view_type'"],
    ])('%s refuses %j with 400', async (path, body, message) => {
      const t = await start()
      const id = await startRun(t)
      await ask(t, 'POST', 'runs/log-parameter', { run_id: id, key: 'p', value: '1' })
      const answer = await ask(t, 'POST', path, { run_id: id, ...body })
      expect(answer).toMatchObject({
        status: 400,
        body: { error_code: 'INVALID_PARAMETER_VALUE', message: containing(message) },
      })
    })
    it('refuses numbers beyond all range and JSON beyond all depth like any other wrong value', async () => {
      const t = await start()
      const id = await startRun(t)
      const wrong = { status: 400, body: { error_code: 'INVALID_PARAMETER_VALUE' } }
      const status = `{"run_id":"${id}","status":-9223372036854775809}`
      expect(await ask(t, 'POST', 'runs/update', status)).toMatchObject(wrong)
      const deep = `{"run_id":"${id}","key":${'['.repeat(20_000)}${']'.repeat(20_000)}}`
      expect(await ask(t, 'POST', 'runs/set-tag', deep)).toMatchObject({ status: 400 })
    })
    it('say what MLflow says of a run that is not there, or deleted', async () => {
      const t = await start()
      const id = await startRun(t)
      expect((await ask(t, 'GET', 'runs/get?run_id=none')).body).toMatchObject({
        error_code: 'RESOURCE_DOES_NOT_EXIST',
        message: 'Run with id=none not found',
      })
      await ask(t, 'POST', 'runs/delete', { run_id: id })
      expect(
        (await ask(t, 'POST', 'runs/log-metric', { run_id: id, key: 'a', value: 1, timestamp: 1 })).body,
      ).toMatchObject({ message: `The run ${id} must be in the 'active' state. Current state is deleted.` })
      expect(await ask(t, 'POST', 'runs/delete-tag', { run_id: await startRun(t), key: 'zz' })).toMatchObject({
        status: 404,
        body: { message: containing('No tag with name: zz in run with id') },
      })
    })
  })

  describe('artifacts in MLflow’s words', () => {
    it('go up and down through the proxy, are listed by name there and by path below the run', async () => {
      const t = await start()
      const id = await startRun(t)
      const proxy = '/api/2.0/mlflow-artifacts/artifacts'
      const sent = await t.app.inject({
        method: 'PUT',
        url: `${proxy}/0/${id}/artifacts/model/a.json`,
        headers: { 'content-type': 'application/json' },
        payload: 'no json at all',
      })
      expect([sent.statusCode, sent.json()]).toEqual([200, {}])
      expect((await t.app.inject(`${proxy}/0/${id}/artifacts/model/a.json`)).body).toBe('no json at all')
      expect((await t.app.inject(`/get-artifact?run_uuid=${id}&path=model/a.json`)).body).toBe('no json at all')
      expect((await t.app.inject(`${proxy}?path=0/${id}/artifacts/model`)).json()).toEqual({
        files: [{ path: 'a.json', is_dir: false, file_size: 14 }],
      })
      expect((await t.app.inject(`${proxy}?path=0/${id}/artifacts/model/a.json`)).json()).toEqual({})
      expect((await ask(t, 'GET', `artifacts/list?run_id=${id}`)).body).toEqual({
        root_uri: `mlflow-artifacts:/0/${id}/artifacts`,
        files: [{ path: 'model', is_dir: true }],
      })
      expect((await ask(t, 'GET', `artifacts/list?run_id=${id}&path=model`)).body).toMatchObject({
        files: [{ path: 'model/a.json', is_dir: false }],
      })
    })
    it('stay inside their run', async () => {
      const t = await start()
      const id = await startRun(t)
      for (const path of [
        `0/${id}/artifacts/..%2f..%2fx`,
        `0/${id}/artifacts/a%2f%2e%2e%2fx`,
        `0/${id}/artifacts/%252e%252e/x`,
        `0/${id}/artifacts`,
        `0/${id}/artifacts/x/`,
        'file:%2f%2f/etc/passwd',
        'C:%2fx',
        'workspaces/other/x',
      ]) {
        const answer = await t.app.inject({
          method: 'PUT',
          url: `/api/2.0/mlflow-artifacts/artifacts/${path}`,
          payload: 'x',
        })
        expect([path, answer.statusCode]).toEqual([path, 400])
      }
      const list = await ask(t, 'GET', `artifacts/list?run_id=${id}&path=../x`)
      expect(list).toMatchObject({ status: 400, body: { message: 'Invalid path' } })
      const multi = await t.app.inject({
        method: 'POST',
        url: `/api/2.0/mlflow-artifacts/mpu/create/0/${id}/artifacts/x`,
        payload: { path: '/home/ann/big.bin', num_parts: 2 },
      })
      expect([multi.statusCode, multi.json<{ message: string }>().message]).toEqual([
        501,
        expect.stringMatching(/^Multipart upload is not supported for the current artifact repository/),
      ])
    })
    it('that belong to no run lie where MLflow lays them, and stay in their workspace', async () => {
      const t = await start()
      const at = (path: string) => `/api/2.0/mlflow-artifacts/artifacts/${path}`
      const put = (path: string) => t.app.inject({ method: 'PUT', url: at(path), payload: path })
      expect((await put('0/traces/tr-1/artifacts/traces.json')).statusCode).toBe(200)
      expect((await put('shared/a b.txt')).statusCode).toBe(200)
      expect((await t.app.inject(at('shared/a%20b.txt'))).body).toBe('shared/a b.txt')
      expect((await t.app.inject('/api/2.0/mlflow-artifacts/artifacts?path=0/traces')).json()).toEqual({
        files: [{ path: 'tr-1', is_dir: true }],
      })
      expect((await put('99/x')).json()).toMatchObject({ error_code: 'RESOURCE_DOES_NOT_EXIST' })
      const other = await t.app.inject({ url: at('shared/a b.txt'), headers: { 'x-mlflow-workspace': 'other' } })
      expect(other.json()).toMatchObject({ error_code: 'RESOURCE_DOES_NOT_EXIST' })
      expect((await t.app.inject({ method: 'DELETE', url: at('shared') })).json()).toEqual({})
      expect((await t.app.inject(at('shared/a%20b.txt'))).statusCode).toBe(404)
    })
    it('are deleted with their folder, say that a folder is none, and carry MLflow’s types', async () => {
      const t = await start()
      const id = await startRun(t)
      const at = (path: string) => `/api/2.0/mlflow-artifacts/artifacts/0/${id}/artifacts/${path}`
      for (const path of ['m/MLmodel', 'm/data.json', 'é.png'])
        await t.app.inject({ method: 'PUT', url: at(encodeURI(path)), payload: path })
      const types = await Promise.all(
        ['m/MLmodel', 'm/data.json', 'é.png'].map(async (path) => (await t.app.inject(at(encodeURI(path)))).headers),
      )
      expect(types.map((headers) => headers['content-type'])).toEqual(['text/plain', 'text/plain', 'image/png'])
      expect(types[2]?.['content-disposition']).toBe("attachment; filename=e.png; filename*=UTF-8''%C3%A9.png")
      expect((await t.app.inject(at('m'))).json()).toMatchObject({ error_code: 'INVALID_PARAMETER_VALUE' })
      expect((await t.app.inject({ method: 'DELETE', url: at('m') })).json()).toEqual({})
      expect((await ask(t, 'GET', `artifacts/list?run_id=${id}`)).body).toMatchObject({ files: [{ path: 'é.png' }] })
      expect((await t.app.inject(at('m/MLmodel'))).statusCode).toBe(404)
    })
  })

  describe('models in MLflow’s words', () => {
    it('are logged, registered, given aliases and found', async () => {
      const t = await start()
      const run = await startRun(t)
      const made = await ask(t, 'POST', 'logged-models', {
        experiment_id: '0',
        name: 'net',
        source_run_id: run,
        params: [{ key: 'depth', value: '3' }],
      })
      const { info } = made.body['model'] as unknown as { info: { model_id: string; status: string } }
      expect(info.status).toBe('LOGGED_MODEL_PENDING')
      await t.app.inject({
        method: 'PUT',
        url: `/api/2.0/mlflow-artifacts/artifacts/0/models/${info.model_id}/artifacts/MLmodel`,
        payload: 'x',
      })
      expect(
        (await ask(t, 'POST', 'runs/outputs', { run_id: run, models: [{ model_id: info.model_id, step: '0' }] })).body,
      ).toEqual({})
      expect(
        (await ask(t, 'PATCH', `logged-models/${info.model_id}`, { model_id: info.model_id, status: 2 })).body,
      ).toMatchObject({ model: { info: { status: 'LOGGED_MODEL_READY' } } })
      expect(
        (await ask(t, 'POST', 'logged-models/search', { experiment_ids: ['0'], filter: "name = 'net'" })).body,
      ).toMatchObject({
        models: [{ info: { model_id: info.model_id }, data: { params: [{ key: 'depth', value: '3' }] } }],
      })
      expect((await ask(t, 'POST', 'registered-models/create', { name: 'RM' })).status).toBe(200)
      const version = await ask(t, 'POST', 'model-versions/create', {
        name: 'RM',
        source: `models:/${info.model_id}`,
        model_id: info.model_id,
        run_id: run,
      })
      expect(version.body).toMatchObject({
        model_version: {
          name: 'RM',
          version: '1',
          status: 'READY',
          current_stage: 'None',
          run_id: run,
          source: `models:/${info.model_id}`,
        },
      })
      expect(
        (await ask(t, 'POST', 'registered-models/alias', { name: 'RM', alias: 'champ', version: '1' })).body,
      ).toEqual({})
      expect((await ask(t, 'GET', 'registered-models/alias?name=RM&alias=champ')).body).toMatchObject({
        model_version: { version: '1', aliases: ['champ'] },
      })
      expect((await ask(t, 'GET', 'registered-models/get?name=RM')).body).toMatchObject({
        registered_model: { aliases: [{ alias: 'champ', version: '1' }], latest_versions: [{ version: '1' }] },
      })
      expect((await ask(t, 'GET', 'model-versions/get-download-uri?name=RM&version=1')).body).toEqual({
        artifact_uri: `mlflow-artifacts:/0/models/${info.model_id}/artifacts`,
      })
      expect((await ask(t, 'GET', "model-versions/search?filter=name%3D'RM'")).body).toMatchObject({
        model_versions: [{ version: '1' }],
      })
      expect((await ask(t, 'GET', "registered-models/search?filter=name%20LIKE%20'R%25'")).body).toMatchObject({
        registered_models: [{ name: 'RM' }],
      })
      expect((await ask(t, 'GET', `runs/get?run_id=${run}`)).body).toMatchObject({
        run: { outputs: { model_outputs: [{ model_id: info.model_id }] } },
      })
    })
    it('are described, tagged, renamed and deleted with their versions', async () => {
      const t = await start()
      const run = await startRun(t)
      await t.app.inject({
        method: 'PUT',
        url: `/api/2.0/mlflow-artifacts/artifacts/0/${run}/artifacts/m.onnx`,
        payload: 'x',
      })
      await ask(t, 'POST', 'registered-models/create', { name: 'RM' })
      await ask(t, 'POST', 'model-versions/create', {
        name: 'RM',
        source: `runs:/${run}/m.onnx`,
        run_id: run,
        tags: [{ key: 'a', value: 'b' }],
      })
      await ask(t, 'PATCH', 'model-versions/update', { name: 'RM', version: '1', description: 'good' })
      await ask(t, 'POST', 'model-versions/set-tag', { name: 'RM', version: '1', key: 'c', value: 'd' })
      await ask(t, 'DELETE', 'model-versions/delete-tag', { name: 'RM', version: '1', key: 'a' })
      expect((await ask(t, 'GET', 'model-versions/get?name=RM&version=1')).body).toMatchObject({
        model_version: { description: 'good', tags: [{ key: 'c', value: 'd' }] },
      })
      await ask(t, 'PATCH', 'registered-models/update', { name: 'RM', description: 'a model' })
      await ask(t, 'POST', 'registered-models/set-tag', { name: 'RM', key: 'k', value: 'v' })
      await ask(t, 'POST', 'registered-models/rename', { name: 'RM', new_name: 'RM2' })
      expect((await ask(t, 'POST', 'registered-models/get-latest-versions', { name: 'RM2' })).body).toMatchObject({
        model_versions: [{ version: '1' }],
      })
      await ask(t, 'POST', 'registered-models/alias', { name: 'RM2', alias: 'champ', version: '1' })
      expect((await ask(t, 'DELETE', 'registered-models/delete', { name: 'RM2' })).body).toEqual({})
      expect(await ask(t, 'GET', 'registered-models/get?name=RM2')).toMatchObject({
        status: 404,
        body: { message: 'Registered Model with name=RM2 not found' },
      })
    })
    it.each([
      ['POST', 'registered-models/create', { name: 'RM' }, 400, 'RESOURCE_ALREADY_EXISTS'],
      ['POST', 'registered-models/create', { name: 'a/b' }, 400, 'INVALID_PARAMETER_VALUE'],
      ['GET', 'model-versions/get?name=RM&version=9', undefined, 404, 'RESOURCE_DOES_NOT_EXIST'],
      ['GET', 'registered-models/alias?name=RM&alias=zz', undefined, 400, 'INVALID_PARAMETER_VALUE'],
      [
        'POST',
        'registered-models/alias',
        { name: 'RM', alias: 'latest', version: '1' },
        400,
        'INVALID_PARAMETER_VALUE',
      ],
      ['POST', 'model-versions/create', { name: 'RM', source: '/etc/passwd' }, 400, 'INVALID_PARAMETER_VALUE'],
      ['POST', 'model-versions/create', { name: 'RM', source: 'runs:/none/../x' }, 400, 'INVALID_PARAMETER_VALUE'],
      [
        'POST',
        'model-versions/create',
        { name: 'RM', source: 'models:/m-none', model_id: 'm-none' },
        404,
        'RESOURCE_DOES_NOT_EXIST',
      ],
    ] as const)('%s %s %j is refused', async (method, path, body, status, code) => {
      const t = await start()
      await ask(t, 'POST', 'registered-models/create', { name: 'RM' })
      expect(await ask(t, method, path, body)).toMatchObject({ status, body: { error_code: code } })
    })
  })

  describe('the wire', () => {
    it('answers malformed JSON, other types and unknown addresses in MLflow’s form', async () => {
      const t = await start()
      expect(await ask(t, 'POST', 'runs/create', '{"a":')).toMatchObject({
        status: 400,
        body: { error_code: 'INVALID_PARAMETER_VALUE' },
      })
      const xml = await t.app.inject({
        method: 'POST',
        url: '/api/2.0/mlflow/runs/create',
        headers: { 'content-type': 'text/xml' },
        payload: '<a/>',
      })
      expect([xml.statusCode, xml.json<{ error_code: string }>().error_code]).toEqual([400, 'INVALID_PARAMETER_VALUE'])
      const unknown = await t.app.inject({ method: 'POST', url: '/api/3.0/mlflow/issues' })
      expect([unknown.statusCode, unknown.json<{ error_code: string }>().error_code]).toEqual([
        404,
        'ENDPOINT_NOT_FOUND',
      ])
      expect((await t.app.inject('/version')).body).toMatch(/^\d+\.\d+\.\d+$/)
    })
    it('goes to the workspace in the header, and answers pages under their own prefix', async () => {
      const t = await start()
      const headers = { 'x-mlflow-workspace': 'team' }
      await t.app.inject({
        method: 'POST',
        url: '/api/2.0/mlflow/experiments/create',
        headers,
        payload: { name: 'only here' },
      })
      const here = await t.app.inject({
        url: '/ajax-api/2.0/mlflow/experiments/get-by-name?experiment_name=only%20here',
        headers,
      })
      const there = await t.app.inject('/ajax-api/2.0/mlflow/experiments/get-by-name?experiment_name=only%20here')
      expect([here.statusCode, there.statusCode]).toEqual([200, 404])
    })
  })
})
