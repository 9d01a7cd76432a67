import { createCompute } from '@millrace/compute'
import type { FakeEntry } from '@millrace/compute/testing'
import { createFakeExecutor } from '@millrace/compute/testing'
import { event } from '@millrace/contract'
import { on } from '@millrace/kernel'
import { onEachStore, testKernel } from '@millrace/kernel/testing'
import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { cancelRun } from './actions/cancel-run.ts'
import { putPipeline } from './actions/put-pipeline.ts'
import { listVersions, readPipeline } from './actions/read-pipelines.ts'
import { listRuns, readRun } from './actions/read-runs.ts'
import { putSchedule, readSchedule } from './actions/schedules.ts'
import { startRun } from './actions/start-run.ts'
import { createPipelines } from './domain.ts'
import type { PipelineDefinition } from './authoring/define.ts'
import { id, integer, pipeline, step, text } from './authoring/define.ts'
import type { Json, Values } from './model/values.ts'
import type { StepInput } from './process/run-step.ts'

// In these tests a step's job calls the step's function in this process; run-step.test.ts runs the real program.
const rowsArrived = event('tests.rows.arrived', z.object({ id: z.string(), dataset: z.string(), rows: z.int() }))

const double = step({
  name: 'double',
  inputs: { n: integer() },
  outputs: { n: integer() },
  run: ({ inputs }) => ({ n: inputs.n * 2 }),
})
const add = step({
  name: 'add',
  inputs: { a: integer(), b: integer() },
  outputs: { sum: integer() },
  run: ({ inputs }) => ({ sum: inputs.a + inputs.b }),
})
const arithmetic = pipeline('arithmetic', { parameters: { n: integer({ default: 1 }) } }, ({ n }) => {
  const left = double({ n }, { name: 'left' })
  const right = double({ n: left.n }, { name: 'right' })
  return { sum: add({ a: left.n, b: right.n }).sum }
})

const noServer = () => Promise.reject(new Error('These steps call no server.'))
const noClient = {
  get: noServer,
  post: noServer,
  put: noServer,
  patch: noServer,
  delete: noServer,
  upload: noServer,
  download: noServer,
}
const patience = { timeout: 8000 }

const specOf = (definition: PipelineDefinition, change: object = {}) =>
  putPipeline.endpoint.input.parse({
    name: definition.name,
    module: '/somewhere/pipeline.ts',
    code: { filesDigest: 'sha256:1', root: '/somewhere', entry: 'pipeline.ts' },
    graph: definition.graph,
    parameters: definition.parameters,
    triggers: definition.triggers,
    ...change,
  })

onEachStore((openStore) => {
  async function start(...definitions: PipelineDefinition[]) {
    const running: string[] = []
    const runHere: FakeEntry = async (given) => {
      const { uses, run, inputs, outputs } = given as StepInput
      running.push(run.step)
      const definition = definitions.find((candidate) => candidate.name === run.pipeline)
      const gave: unknown = await definition?.run[uses]?.({
        inputs: Object.fromEntries(
          Object.entries(inputs).map(([name, input]) => [name, 'value' in input ? input.value : null]),
        ),
        parameters: {},
        workDir: '',
        log: () => {},
        progress: () => {},
        client: noClient,
        run,
      })
      return { outputs: plain(outputs, gave) }
    }
    const executor = createFakeExecutor({ 'test:step': runHere }, { cpu: 4 })
    const t = await testKernel({
      database: await openStore(),
      domains: (runtime) => {
        const compute = createCompute(runtime, { issueJobToken: async () => ({ token: '' }), executor })
        const pipelines = createPipelines(runtime, {
          compute: { registerEntry: (name) => compute.registerEntry(name, new URL('test:step')) },
        })
        const tests = {
          name: 'tests',
          migrations: {},
          operations: [],
          listens: [on(rowsArrived, 'hear', async () => {})],
        }
        return [compute, tests, pipelines]
      },
    })
    for (const definition of definitions) await t.act(putPipeline, specOf(definition))
    const ended = (runId: string) =>
      vi.waitFor(async () => {
        const run = await t.ask(readRun, { id: runId })
        expect(run.endedAtMs).not.toBeNull()
        return run
      }, patience)
    const run = async (name: string, parameters: Record<string, Json> = {}, more: object = {}) =>
      ended((await t.act(startRun, { name, parameters, ...more })).id)
    return { t, executor, running, ended, run }
  }

  describe('a run', () => {
    it('hands outputs on, step after step, and gives the pipeline’s own', async () => {
      const { t, run, running } = await start(arithmetic)
      const done = await run('arithmetic', { n: 3 })
      expect(done).toMatchObject({
        state: 'succeeded',
        number: 1,
        version: 1,
        outputs: { sum: 18 },
        trigger: { kind: 'person', id: 'usr_ann' },
      })
      expect(done.steps.map((each) => `${each.name} ${each.state} ${each.attempts.length}`)).toEqual([
        'left succeeded 1',
        'right succeeded 1',
        'add succeeded 1',
      ])
      expect(running).toEqual(['left', 'right', 'add'])
      const [finished] = await t.events('pipelines.run.finished')
      expect(finished?.payload).toMatchObject({
        id: done.id,
        pipeline: 'arithmetic',
        state: 'succeeded',
        outputs: { sum: 18 },
      })
      expect(await t.events('pipelines.step.finished')).toHaveLength(3)
    })

    it('is tied to its version, steps, jobs, code and what started it', async () => {
      const { t, run } = await start(arithmetic)
      const done = await run('arithmetic')
      const edges = t.edges.map(({ from, type, to }) => `${from.kind} ${type} ${to.kind}`)
      expect(new Set(edges)).toEqual(
        new Set([
          'pipeline-version used_code code-version',
          'pipeline-run part_of pipeline-version',
          'person triggered pipeline-run',
          'step part_of pipeline-run',
          'step-attempt part_of step',
          'step-attempt executed_as job',
          'step-attempt used_code code-version',
        ]),
      )
      expect(edges.filter((edge) => edge === 'step-attempt executed_as job')).toHaveLength(3)
      const described = await t.runtime.nodeKinds
        .get('pipeline-run')
        ?.describe(
          t.runtime.runner.readScope({ workspace: 'default', actor: { id: 'x', kind: 'system', name: 'x' } }),
          [done.id],
        )
      expect(described).toMatchObject([{ title: 'arithmetic #1', state: 'succeeded' }])
    })

    it('refuses parameters that do not fit, and pipelines that are not there', async () => {
      const { t } = await start(arithmetic)
      await expect(t.act(startRun, { name: 'arithmetic', parameters: { n: 'three' } })).rejects.toMatchObject({
        code: 'pipelines/bad-parameters',
      })
      await expect(t.act(startRun, { name: 'none' })).rejects.toMatchObject({ status: 404 })
      expect((await t.app.inject('/api/millrace/v1/w/default/pipeline-runs/none')).statusCode).toBe(404)
    })

    it('is started once under one key', async () => {
      const { t, ended } = await start(arithmetic)
      const first = await t.act(startRun, { name: 'arithmetic', key: 'k' })
      expect((await t.act(startRun, { name: 'arithmetic', key: 'k' })).id).toBe(first.id)
      await ended(first.id)
      expect((await t.ask(listRuns, { name: 'arithmetic' })).items).toHaveLength(1)
    })

    it('is listed newest first, page by page', async () => {
      const { t, run } = await start(arithmetic)
      for (let n = 0; n < 3; n += 1) {
        t.clock.advance(1)
        await run('arithmetic', { n })
      }
      const first = await t.ask(listRuns, { name: 'arithmetic', limit: 2 })
      const rest = await t.ask(listRuns, { name: 'arithmetic', limit: 2, pageToken: first.nextPageToken })
      expect([...first.items, ...rest.items].map((item) => item.number)).toEqual([3, 2, 1])
    })
  })

  describe('a step', () => {
    it('is tried again with its pause, and what comes after it waits', async () => {
      let left = 2
      const flaky = step({
        name: 'flaky',
        outputs: { n: integer() },
        retries: { limit: 2, backOffMs: 5000 },
        run: () => {
          left -= 1
          if (left >= 0) throw new Error('not yet')
          return { n: 7 }
        },
      })
      const { t, ended } = await start(pipeline('retried', {}, () => ({ n: double({ n: flaky({}).n }).n })))
      const { id: runId } = await t.act(startRun, { name: 'retried' })
      const failedTimes = (count: number) =>
        vi.waitFor(async () => {
          const { steps } = await t.ask(readRun, { id: runId })
          expect(steps[0]?.attempts.filter((attempt) => attempt.state === 'failed')).toHaveLength(count)
        }, patience)
      await failedTimes(1)
      t.clock.advance(5000)
      await failedTimes(2)
      t.clock.advance(10_000)
      const done = await ended(runId)
      expect(done).toMatchObject({ state: 'succeeded', outputs: { n: 14 } })
      expect(done.steps[0]?.attempts.map((attempt) => attempt.state)).toEqual(['failed', 'failed', 'succeeded'])
    })

    it('that fails takes along what waits for it, and nothing else', async () => {
      const broken = step({
        name: 'broken',
        outputs: { n: integer() },
        run: () => Promise.reject(new Error('bad rows')),
      })
      const definition = pipeline('half', { parameters: { n: integer({ default: 1 }) } }, ({ n }) => {
        const after = double({ n: broken({}).n }, { name: 'after' })
        double({ n: after.n }, { name: 'after-that' })
        return { n: double({ n }, { name: 'beside' }).n }
      })
      const { run } = await start(definition)
      const done = await run('half')
      expect(done).toMatchObject({ state: 'failed', outputs: null })
      expect(Object.fromEntries(done.steps.map((each) => [each.name, each.state]))).toEqual({
        broken: 'failed',
        after: 'upstream_failed',
        'after-that': 'upstream_failed',
        beside: 'succeeded',
      })
      expect(done.steps.find((each) => each.name === 'broken')?.reason).toContain('bad rows')
    })

    it('fails when it does not give what it promised', async () => {
      const poor = step({ name: 'poor', outputs: { n: integer(), name: text() }, run: () => ({ n: 1.5, name: 'x' }) })
      const { run } = await start(pipeline('promise', {}, () => void poor({})))
      const done = await run('promise')
      expect(done.steps[0]).toMatchObject({
        state: 'failed',
        reason: 'its output "n" should be a whole number, not 1.5.',
      })
    })

    it('says in the lineage what it made and which data it used', async () => {
      const make = step({
        name: 'make',
        inputs: { data: id('dataset-version') },
        outputs: { versionId: id('model-version') },
        run: () => ({ versionId: 'ver_9' }),
      })
      const { t, run } = await start(
        pipeline('maker', { parameters: { data: id('dataset-version') } }, ({ data }) => ({
          versionId: make({ data }).versionId,
        })),
      )
      expect((await run('maker', { data: 'dsv_1' })).outputs).toEqual({ versionId: 'ver_9' })
      const edges = t.edges.map(({ from, type, to }) => `${from.kind} ${type} ${to.kind} ${to.id}`)
      expect(edges).toContain('step-attempt produced model-version ver_9')
      expect(edges).toContain('job used_data dataset-version dsv_1')
    })
  })

  describe('the cache', () => {
    const counted = { times: 0 }
    const slow = step({
      name: 'slow',
      inputs: { n: integer() },
      outputs: { n: integer() },
      cache: true,
      run: ({ inputs }) => {
        counted.times += 1
        return { n: inputs.n * 10 }
      },
    })
    const definition = pipeline('cached', { parameters: { n: integer({ default: 1 }) } }, ({ n }) => ({
      n: double({ n: slow({ n }).n }).n,
    }))

    it('gives an earlier result for the same code and inputs, and says why', async () => {
      const { t, run } = await start(definition)
      counted.times = 0
      expect((await run('cached')).steps[0]?.cacheReason).toBe('It runs for the first time.')
      const second = await run('cached')
      expect(second).toMatchObject({ state: 'succeeded', outputs: { n: 20 } })
      expect(second.steps[0]).toMatchObject({
        state: 'cached',
        cached: true,
        attempts: [],
        cacheReason: 'The same code with the same inputs ran in run 1.',
        outputs: { n: { value: 10 } },
      })
      expect((await run('cached', { n: 2 })).steps[0]?.cacheReason).toBe('Since its last run the input "n" changed.')
      expect((await run('cached', {}, { cache: false })).steps[0]?.cacheReason).toBe(
        'This run was started without the cache.',
      )
      await t.act(
        putPipeline,
        specOf(definition, { code: { filesDigest: 'sha256:2', root: '/somewhere', entry: 'pipeline.ts' } }),
      )
      expect((await run('cached', { n: 2 })).steps[0]?.cacheReason).toBe('Since its last run the code changed.')
      expect(counted.times).toBe(4)
    })
  })

  describe('cancelling', () => {
    it('ends what waits and what runs', async () => {
      const endless = step({
        name: 'endless',
        outputs: { n: integer() },
        run: () => new Promise<{ n: number }>(() => {}),
      })
      const { t, ended } = await start(pipeline('long', {}, () => void double({ n: endless({}).n })))
      const { id: runId } = await t.act(startRun, { name: 'long' })
      await vi.waitFor(async () => expect((await t.ask(readRun, { id: runId })).state).toBe('running'), patience)
      await t.act(cancelRun, { id: runId, reason: 'enough' })
      const done = await ended(runId)
      expect(done).toMatchObject({ state: 'cancelled', cancelRequested: true, reason: 'enough' })
      expect(done.steps.map((each) => each.state)).toEqual(['cancelled', 'cancelled'])
      expect(await t.act(cancelRun, { id: runId })).toMatchObject({ state: 'cancelled' })
    })
  })

  describe('declaring', () => {
    it('makes a version when something changed, and nothing when not', async () => {
      const { t } = await start(arithmetic)
      const actions = () => t.auditTrail.filter((entry) => entry.action === 'pipelines.put-pipeline').length
      expect((await t.act(putPipeline, specOf(arithmetic))).version).toBe(1)
      expect(actions()).toBe(1)
      expect((await t.act(putPipeline, specOf(arithmetic, { description: 'sums' }))).version).toBe(1)
      const code = { filesDigest: 'sha256:2', root: '/somewhere', entry: 'pipeline.ts' }
      expect((await t.act(putPipeline, specOf(arithmetic, { code }))).version).toBe(2)
      expect((await t.ask(listVersions, { name: 'arithmetic' })).items.map((item) => item.number)).toEqual([2, 1])
      const { name: _name, ...spec } = specOf(arithmetic, { code })
      expect((await t.ask(readPipeline, { name: 'arithmetic' })).spec).toEqual(spec)
    })

    it('refuses triggers that nobody publishes or that filter by what is not there', async () => {
      const { t } = await start()
      const withTrigger = (trigger: object) => t.act(putPipeline, specOf(arithmetic, { triggers: [trigger] }))
      await expect(withTrigger({ event: 'no.such.event' })).rejects.toMatchObject({ code: 'pipelines/unknown-event' })
      await expect(withTrigger({ event: 'tests.rows.arrived', filter: { datset: 'x' } })).rejects.toThrow(
        'has no "datset" to filter by; it has id, dataset, rows',
      )
    })
  })

  describe('what starts runs', () => {
    it('is an event that meets a trigger, once per event', async () => {
      const triggered = pipeline(
        'triggered',
        {
          parameters: { n: integer() },
          triggers: [
            { event: 'tests.rows.arrived', filter: { dataset: 'flights' }, parameters: { n: '{{event.rows}}' } },
          ],
        },
        ({ n }) => ({ n: double({ n }).n }),
      )
      const { t, ended } = await start(triggered)
      const arrived = (dataset: string, rows: number) => ({
        position: 1,
        id: `evt_${rows}`,
        workspace: 'default',
        name: 'tests.rows.arrived',
        subject: 'x',
        payload: { id: 'dsv_1', dataset, rows },
        atMs: 0,
      })
      const listener = t.kernel.domains
        .find((domain) => domain.name === 'pipelines')
        ?.listens?.find((each) => each.name === 'start-triggered')
      for (const one of [arrived('flights', 4), arrived('flights', 4), arrived('weather', 5)])
        await listener?.handle(one)
      const { items } = await t.ask(listRuns, { name: 'triggered' })
      expect(items).toHaveLength(1)
      expect(items[0]?.trigger).toEqual({ kind: 'rows', id: 'dsv_1', reason: 'tests.rows.arrived' })
      expect((await ended(items[0]?.id ?? '')).outputs).toEqual({ n: 8 })
    })

    it('is a schedule at its time, once, and the latest of what was missed', async () => {
      const { t, ended } = await start(arithmetic)
      const pipelines = t.kernel.domains.find((domain) => domain.name === 'pipelines') as ReturnType<
        typeof createPipelines
      >
      const spec = { pipeline: 'arithmetic', cron: '0 * * * *', parameters: { n: 5 } }
      const declared = await t.act(putSchedule, { name: 'hourly', ...spec })
      await t.act(putSchedule, { name: 'hourly', ...spec })
      expect(declared.nextAtMs).toBe(Date.UTC(2026, 0, 1, 1))
      expect(await pipelines.clock.fireDue()).toBe(0)
      t.clock.advance(3_600_000)
      expect(await pipelines.clock.fireDue()).toBe(1)
      expect(await pipelines.clock.fireDue()).toBe(0)
      t.clock.advance(10.5 * 3_600_000)
      expect(await pipelines.clock.fireDue()).toBe(1)
      const { items } = await t.ask(listRuns, { name: 'arithmetic' })
      expect(items.map((item) => item.trigger)).toEqual([
        { kind: 'schedule', id: 'hourly' },
        { kind: 'schedule', id: 'hourly' },
      ])
      expect(await t.ask(readSchedule, { name: 'hourly' })).toMatchObject({
        nextAtMs: Date.UTC(2026, 0, 1, 12),
        lastDueAtMs: Date.UTC(2026, 0, 1, 11),
        spec: { timeZone: 'UTC', missed: 'latest', paused: false },
      })
      for (const item of items) expect((await ended(item.id)).outputs).toEqual({ sum: 30 })
      await expect(t.act(putSchedule, { name: 'bad', ...spec, cron: 'often' })).rejects.toMatchObject({
        code: 'pipelines/bad-schedule',
      })
      await expect(t.act(putSchedule, { name: 'bad', ...spec, pipeline: 'none' })).rejects.toMatchObject({
        status: 404,
      })
    })
  })
})

function plain(outputs: StepInput['outputs'], gave: unknown): Values {
  const given = (gave ?? {}) as Record<string, Json> // what a test's step returned
  return Object.fromEntries(Object.keys(outputs).map((name) => [name, { value: given[name] ?? null }]))
}
