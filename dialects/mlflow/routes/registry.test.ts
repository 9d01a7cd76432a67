import { Problem } from '@millrace/contract'
import type { Domain } from '@millrace/kernel'
import type { TestKernel } from '@millrace/kernel/testing'
import { onEachStore, testKernel } from '@millrace/kernel/testing'
import { createCollaboration } from '@millrace/collaboration'
import { createDatasets } from '@millrace/datasets'
import { createExperimentTracking } from '@millrace/experiment-tracking'
import { createModelRegistry } from '@millrace/model-registry'
import { describe, expect, it } from 'vitest'
import { createMlflowDialect } from '../mlflow.ts'
import { ask, startRun } from '../testing/ask-mlflow.ts'

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'

onEachStore((openStore) => {
  const start = async (settings: string[] = [], more: Domain[] = []): Promise<TestKernel> =>
    testKernel({
      database: await openStore(),
      settings,
      domains: (runtime) => [
        createCollaboration(runtime),
        createDatasets(runtime),
        createExperimentTracking(runtime),
        createModelRegistry(runtime),
        ...more,
        createMlflowDialect(runtime),
      ],
    })
  const model = (t: TestKernel, name: string, more: object = {}) =>
    ask(t, 'POST', 'registered-models/create', { name, ...more })
  const version = (t: TestKernel, more: object = {}) =>
    ask(t, 'POST', 'model-versions/create', { name: 'RM', source: 's3://bucket/model', run_id: 'r', ...more })
  const names = async (t: TestKernel, what: 'registered-models' | 'model-versions', query: Record<string, string>) => {
    const { body } = await ask(t, 'GET', `${what}/search?${new URLSearchParams(query).toString()}`)
    const list = (body['registered_models'] ?? body['model_versions'] ?? []) as { name: string; version?: string }[] // MLflow's form
    return list.map((one) => one.version ?? one.name)
  }

  describe('stages in MLflow’s words', () => {
    it('move from any case, archive the others, and are told with the latest versions', async () => {
      const t = await start()
      await model(t, 'RM')
      for (const _each of [1, 2, 3]) await version(t)
      const move = (number: string, stage: string, archive = false) =>
        ask(t, 'POST', 'model-versions/transition-stage', {
          name: 'RM',
          version: number,
          stage,
          archive_existing_versions: archive,
        })
      await move('1', 'PRODUCTION')
      expect((await move('2', 'production', true)).body).toMatchObject({
        model_version: { current_stage: 'Production' },
      })
      const latest = (await ask(t, 'POST', 'registered-models/get-latest-versions', { name: 'RM' })).body
      expect(latest).toMatchObject({
        model_versions: [
          { version: '1', current_stage: 'Archived' },
          { version: '2', current_stage: 'Production' },
          { version: '3', current_stage: 'None' },
        ],
      })
      const staged = await ask(t, 'POST', 'registered-models/get-latest-versions', {
        name: 'RM',
        stages: ['Production'],
      })
      expect(staged.body).toMatchObject({ model_versions: [{ version: '2' }] })
      expect((await move('3', 'Archived', true)).body).toMatchObject({
        message:
          "Model version transition cannot archive existing model versions because 'Archived' is not an Active stage. Valid stages are ['Staging', 'Production']",
      })
    })
  })

  describe('searches of the registry', () => {
    it('speak MLflow’s grammar, leave prompts out, and give pages', async () => {
      const t = await start()
      await model(t, 'RM', { tags: [{ key: 'team x', value: 'a' }] })
      await model(t, 'other')
      await model(t, 'prompt', { tags: [{ key: 'mlflow.prompt.is_prompt', value: 'true' }] })
      await version(t)
      await version(t, { source: 'dbfs:/x', run_id: 'r2', tags: [{ key: 'k', value: 'v' }] })
      expect(await names(t, 'registered-models', {})).toEqual(['RM', 'other'])
      expect(await names(t, 'registered-models', { filter: "tags.`mlflow.prompt.is_prompt` = 'true'" })).toEqual([
        'prompt',
      ])
      expect(await names(t, 'registered-models', { filter: "tags.`mlflow.prompt.is_prompt` != 'true'" })).toEqual([
        'RM',
        'other',
      ])
      expect(await names(t, 'registered-models', { filter: 'tags.`team x` = "a" AND name LIKE \'R%\'' })).toEqual([
        'RM',
      ])
      expect(await names(t, 'registered-models', { filter: "attribute.name IN ('RM', 'none')" })).toEqual(['RM'])
      expect(await names(t, 'registered-models', { order_by: 'name DESC' })).toEqual(['other', 'RM'])
      expect(await names(t, 'model-versions', { filter: "name='RM'", order_by: 'version_number ASC' })).toEqual([
        '1',
        '2',
      ])
      expect(await names(t, 'model-versions', { filter: "run_id = 'r2' and tags.k ilike 'V'" })).toEqual(['2'])
      expect(await names(t, 'model-versions', { filter: 'version_number <= 1' })).toEqual(['1'])
      expect(await names(t, 'model-versions', { filter: "source_path = 'dbfs:/x'" })).toEqual(['2'])
      const first = await ask(t, 'GET', 'registered-models/search?max_results=1')
      const token = String(first.body['next_page_token'])
      const second = await ask(
        t,
        'GET',
        `registered-models/search?max_results=1&page_token=${encodeURIComponent(token)}`,
      )
      expect(second.body).toMatchObject({ registered_models: [{ name: 'other' }] })
      expect(second.body).not.toHaveProperty('next_page_token')
    })
    const unreadable = [
      ['registered-models', "foo = 'x'", "Invalid attribute key 'foo' specified. Valid keys are '{'name'}'"],
      ['registered-models', "name = 'x' OR name = 'y'", 'Invalid clause(s) in filter string: OR name'],
      ['registered-models', "name > 'x'", 'Invalid comparator for attribute: >'],
      ['registered-models', 'name = x', 'Parameter value is either not quoted or unidentified quote types'],
      [
        'registered-models',
        "metrics.a = 'x'",
        "Invalid entity type 'metrics'. Valid entity types are ('attribute', 'tag', 'tags')",
      ],
      ['registered-models', "tags.a IN ('x')", "Expected a quoted string value for tag (e.g. 'my-value')."],
      ['registered-models', 'name', 'Invalid clause(s) in filter string'],
      [
        'model-versions',
        'name = 3',
        "Only the '{'version_number', 'creation_timestamp', 'last_updated_timestamp'}' attributes support",
      ],
      ['model-versions', 'version_number = 1.5', "Invalid value for numeric attribute 'version_number': 1.5"],
      ['model-versions', "version_number = 'one'", "Invalid value for numeric attribute 'version_number'"],
      ['model-versions', "run_id IN ('a' 'b')", 'While parsing a list in the query'],
      ['model-versions', "source_path IN ('a')", 'attribute supports comparison with a list of quoted string values'],
      ['model-versions', 'version_number LIKE 1', 'Invalid comparator for attribute version_number: LIKE'],
    ] as const
    it('refuse filters that MLflow refuses, in its words', async () => {
      const t = await start()
      for (const [what, filter, sentence] of unreadable) {
        const { status, body } = await ask(t, 'GET', `${what}/search?${new URLSearchParams({ filter }).toString()}`)
        expect([filter, status, String(body['message'])]).toEqual([filter, 400, expect.stringContaining(sentence)])
      }
    })
    const refused = [
      ['registered-models/search?max_results=1001', "Invalid value 1001 for parameter 'max_results' supplied:  Hint"],
      ['model-versions/search?max_results=0', 'It must be a positive integer, but got 0'],
      ['registered-models/search?order_by=foo', "Invalid order by key 'foo' specified."],
      ['registered-models/search?order_by=name&order_by=name%20desc', '`order_by` contains duplicate fields'],
      ['registered-models/search?order_by=name%20up', 'Invalid ordering key in order_by clause'],
      ['registered-models/search?page_token=x!', 'Invalid page token'],
    ] as const
    it('refuse limits, orders and tokens that MLflow refuses', async () => {
      const t = await start()
      for (const [path, sentence] of refused) {
        const { status, body } = await ask(t, 'GET', path)
        expect([path, status, String(body['message'])]).toEqual([path, 400, expect.stringContaining(sentence)])
      }
    })
  })

  describe('the source of a version', () => {
    const dangerous: [object, string][] = [
      [{ source: '/etc/passwd' }, 'the run_id request parameter has to be specified'],
      [{ source: 'file:///etc', run_id: 'r' }, 'contained within the artifact directory of the run'],
      [{ source: 's3:/bucket/a/../../b' }, 'without relative path references'],
      [{ source: 's3://bucket/..%2f..%2fb' }, 'without relative path references'],
      [{ source: 's3://bucket/%252e%252e/b' }, 'without relative path references'],
      [{ source: 's3://bucket/a%00' }, 'without relative path references'],
      [{ source: 's3://bucket/./a' }, 'without relative path references'],
      [{ source: 'http://169.254.169.254/x' }, "'source' cannot use the 'http' scheme"],
      [{ source: 'mlflow-artifacts://evil.example/x' }, "'source' cannot use the 'mlflow-artifacts' scheme"],
      [{ source: 'runs:/other/model', run_id: 'r' }, 'The run_id request parameter must identify the resource'],
      [{ source: 'mlflow-artifacts:/0/other/artifacts/m', run_id: 'r' }, 'The run_id request parameter must identify'],
      [{ source: 'models:/m-1234', run_id: 'r' }, 'The model_id request parameter must identify the resource'],
      [{ source: 'models://elsewhere/RM/1' }, 'must use the active model registry'],
      [{ source: 'anything', tags: [{ key: 'mlflow.prompt.is_prompt', value: 'true' }] }, 'Invalid prompt source'],
    ]
    it('is refused where it leads out of what it names, or to a host nobody allowed', async () => {
      const t = await start()
      await model(t, 'RM')
      for (const [told, sentence] of dangerous) {
        const { status, body } = await ask(t, 'POST', 'model-versions/create', { name: 'RM', ...told })
        expect([told, status, String(body['message'])]).toEqual([told, 400, expect.stringContaining(sentence)])
      }
    })
    it('must match the operator’s pattern where there is one', async () => {
      const t = await start(['--model-source-pattern', '^s3://ours/'])
      await model(t, 'RM')
      expect((await version(t, { source: 's3://ours/m' })).status).toBe(200)
      expect((await version(t, { source: 's3://theirs/m' })).body).toMatchObject({
        message: "Invalid model version source: 's3://theirs/m'.",
      })
    })
    it('may name a host whose scheme the operator allows', async () => {
      const t = await start(['--artifact-host-schemes', 'hdfs'])
      await model(t, 'RM')
      expect((await version(t, { source: 'hdfs://store/m' })).status).toBe(200)
    })
    it('of a run’s own artifacts is held; of a copy it is the original’s', async () => {
      const t = await start()
      const run = await startRun(t)
      const url = `/api/2.0/mlflow-artifacts/artifacts/0/${run}/artifacts/model/net.onnx`
      await t.app.inject({ method: 'PUT', url, payload: 'x' })
      await model(t, 'RM')
      await model(t, 'copies')
      await version(t, { source: `mlflow-artifacts:/0/${run}/artifacts/model`, run_id: run })
      expect((await ask(t, 'POST', 'runs/delete', { run_id: run })).body['error_code']).toBe('RESOURCE_CONFLICT')
      const copy = await ask(t, 'POST', 'model-versions/create', { name: 'copies', source: 'models:/RM/1' })
      expect(copy.body).toMatchObject({ model_version: { source: 'models:/RM/1', run_id: run, version: '1' } })
      const wrong = await ask(t, 'POST', 'model-versions/create', {
        name: 'copies',
        source: 'models:/RM/1',
        run_id: 'x',
      })
      expect(String(wrong.body['message'])).toContain('must match the referenced model version')
      await ask(t, 'DELETE', 'registered-models/delete', { name: 'RM' })
      expect((await ask(t, 'GET', 'model-versions/get-download-uri?name=copies&version=1')).body).toEqual({
        artifact_uri: `mlflow-artifacts:/0/${run}/artifacts/model`,
      })
    })
  })

  describe('names in the registry', () => {
    const wrong: [Method, string, object, string][] = [
      ['POST', 'registered-models/create', { name: '..' }, 'must not resolve to other names'],
      ['POST', 'registered-models/create', { name: 'a/b' }, "Names cannot contain '/' or ':'."],
      ['POST', 'registered-models/create', {}, "Missing value for required parameter 'name'."],
      ['POST', 'registered-models/alias', { name: 'RM', alias: 'Latest', version: '1' }, 'is reserved.'],
      [
        'POST',
        'registered-models/alias',
        { name: 'RM', alias: 'V7', version: '1' },
        "Version alias name 'V7' is reserved.",
      ],
      ['POST', 'registered-models/alias', { name: 'RM', alias: 'a b', version: '1' }, "Invalid alias name: 'a b'."],
      [
        'POST',
        'registered-models/alias',
        { name: 'RM', alias: 'x'.repeat(256), version: '1' },
        'maximum length of 255',
      ],
      [
        'POST',
        'registered-models/alias',
        { name: 'RM', alias: 'a', version: 'x' },
        "Parameter 'version' must be an integer, got 'x'.",
      ],
      ['POST', 'registered-models/set-tag', { name: 'RM', key: '../x', value: '' }, 'Names may be treated as files'],
      [
        'POST',
        'registered-models/set-tag',
        { name: 'RM', key: 'k', value: 'x'.repeat(100_001) },
        'maximum length of 100000',
      ],
    ]
    it('are refused as MLflow refuses them', async () => {
      const t = await start()
      await model(t, 'RM')
      for (const [method, path, body, sentence] of wrong) {
        const answer = await ask(t, method, path, body)
        expect([body, answer.status, answer.body['error_code']]).toEqual([body, 400, 'INVALID_PARAMETER_VALUE'])
        expect(String(answer.body['message'])).toContain(sentence)
      }
    })
    it('of models and prompts are one set', async () => {
      const t = await start()
      await model(t, 'RM')
      const prompt = { tags: [{ key: 'mlflow.prompt.is_prompt', value: 'true' }] }
      expect((await model(t, 'RM')).body).toMatchObject({
        error_code: 'RESOURCE_ALREADY_EXISTS',
        message: 'Registered Model (name=RM) already exists.',
      })
      expect(String((await model(t, 'RM', prompt)).body['message'])).toContain(
        "Tried to create a prompt with name 'RM', but the name is already taken by a registered model.",
      )
      await model(t, 'p', prompt)
      expect((await model(t, 'p', prompt)).body['message']).toBe('Prompt (name=p) already exists.')
    })
    it('have a latest alias only where there is a version', async () => {
      const t = await start()
      await model(t, 'RM')
      const latest = () => ask(t, 'GET', 'registered-models/alias?name=RM&alias=LATEST')
      expect((await latest()).body).toMatchObject({ message: 'Latest version not found for model RM.' })
      await version(t)
      expect((await latest()).body).toMatchObject({ model_version: { version: '1' } })
    })
  })

  it('a guarded alias answers 403 with the guard’s sentence, and takes nothing away with it', async () => {
    const guard: Domain = {
      name: 'guard',
      migrations: {},
      operations: [],
      guards: {
        'model-registry.move-alias': async () => {
          throw new Problem('guard/guarded', 403, 'The alias "champion" is moved by a promotion only.')
        },
      },
    }
    const t = await start([], [guard])
    await model(t, 'RM')
    await version(t)
    const answer = await ask(t, 'POST', 'registered-models/alias', { name: 'RM', alias: 'champion', version: '1' })
    expect([answer.status, answer.body]).toMatchObject([
      403,
      { error_code: 'PERMISSION_DENIED', message: 'The alias "champion" is moved by a promotion only.' },
    ])
  })
})
