import type { OutgoingHttpHeaders } from 'node:http'
import { request } from 'node:http'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { tinyModel } from '@millrace/adapter-onnx-runtime/testing'
import { aPerson, onEachStore, testKernel } from '@millrace/kernel/testing'
import { readModel } from '@millrace/model-registry'
import type { ModelServing } from '@millrace/model-serving'
import { aVersionOf, servingDomains } from '@millrace/model-serving/testing'
import { describe, expect, it, vi } from 'vitest'

/** Lehmer's generator: the same numbers for the same seed. */
function seeded(seed: number): () => number {
  let state = seed + 1
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}

/** Other tests may keep the machine busy. */
const patiently = { timeout: 20_000 }
vi.setConfig({ testTimeout: 60_000 })

const entry = fileURLToPath(new URL('data-plane.ts', import.meta.url))
const api = '/api/millrace/v1/w/default'

onEachStore((openStore) => {
  const start = async () => {
    const made: { serving?: ModelServing } = {}
    const t = await testKernel({
      database: await openStore(),
      startMs: Date.now(),
      domains: (runtime) => {
        const { domains, serving } = servingDomains(runtime, entry)
        made.serving = serving
        return domains
      },
    })
    const version = async (weight: number) => {
      const bytes = tinyModel({ weights: { x: weight }, bias: 0 })
      return (await aVersionOf(t.runtime, { actor: aPerson('ann'), workspace: 'default' }, 'tiny', bytes)).id
    }
    const champion = async () => (await t.ask(readModel, { name: 'tiny' })).aliases['champion']
    const call = async (method: 'GET' | 'POST' | 'PUT', path: string, payload?: object) => {
      const answer = await t.app.inject({ method, url: api + path, ...(payload === undefined ? {} : { payload }) })
      return { status: answer.statusCode, body: answer.json<Record<string, unknown>>() }
    }
    /** Asks for 200 rows at a time and says the truth of each: mostly that positive x is 1. */
    const traffic = async (rounds: number, seed: number) => {
      const random = seeded(seed)
      for (let round = 0; round < rounds; round += 1) {
        const rows = Array.from({ length: 20 }, () => ({ x: random() * 2 - 1 }))
        const answer = await call('POST', '/endpoints/e/predict', { rows })
        expect(answer.status).toBe(200)
        const values = rows.map(({ x }) => (random() < 1 / (1 + Math.exp(-4 * x)) ? 1 : 0))
        await call('POST', '/endpoints/e/ground-truth', { batches: [{ id: answer.body['id'], values }] })
      }
    }
    return { t, call, traffic, version, champion, serving: made.serving }
  }

  describe('an endpoint', () => {
    it('serves a deployed version, logs each prediction, and joins its ground truth', async () => {
      const { t, call, version, champion } = await start()
      const good = await version(4)
      expect(await call('PUT', '/endpoints/e', { model: 'tiny' })).toMatchObject({ status: 200 })
      expect(await call('POST', '/endpoints/e/deployments', { versionId: good })).toMatchObject({
        status: 201,
        body: { state: 'ready', role: 'champion' },
      })
      expect(await champion()).toBe(1)
      const infer = await t.app.inject({
        method: 'POST',
        url: '/v2/models/e/infer',
        payload: {
          inputs: [
            { name: 'x', datatype: 'FP32', shape: [2, 1], data: [1, -1] },
            { name: 'event_time_ms', datatype: 'INT64', shape: [2], data: [1000, 86_400_000] },
          ],
        },
      })
      expect(infer.statusCode).toBe(200)
      const { id } = infer.json<{ id: string }>()
      const truth = await call('POST', '/endpoints/e/ground-truth', { batches: [{ id, values: [1, 0] }] })
      expect(truth).toMatchObject({ status: 200, body: { rows: 2 } })
      expect(await call('GET', `/predictions/${id}.1`)).toMatchObject({
        status: 200,
        body: { version: 1, inputs: { x: -1 }, eventTimeMs: 86_400_000, label: { value: 0 }, role: 'champion' },
      })
      await call('POST', '/endpoints/e/ground-truth', { labels: [{ id: `${id}.1`, value: 1 }] })
      expect(await call('GET', `/predictions/${id}.1`)).toMatchObject({ body: { label: { value: 1 } } })
      expect(await call('GET', '/prediction-counts?endpoint=e')).toMatchObject({ body: { count: 2 } })
      expect(await call('GET', '/endpoints/e/predictions?limit=5')).toMatchObject({ status: 200 })
      expect(await call('GET', '/endpoints/e/statistics')).toMatchObject({ status: 200 })
    })
  })
  describe('the data plane', () => {
    const serve = async () => {
      const started = await start()
      await started.call('PUT', '/endpoints/e', { model: 'tiny' })
      await started.call('POST', '/endpoints/e/deployments', { versionId: await started.version(4) })
      const port = started.serving?.predictPort() ?? 0
      const ask = (method: string, path: string, body: string | Buffer = '', headers: OutgoingHttpHeaders = {}) =>
        new Promise<{ status: number; text: string }>((resolve, reject) => {
          const outgoing = request(
            {
              port,
              host: '127.0.0.1',
              method,
              path,
              headers: { 'content-length': Buffer.byteLength(body), ...headers },
            },
            (answer) => {
              const parts: Buffer[] = []
              answer.on('data', (part: Buffer) => parts.push(part))
              answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(parts).toString() }))
            },
          )
          outgoing.on('error', reject)
          outgoing.end(body)
        })
      return { ...started, ask }
    }
    const valid = JSON.stringify({ inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 1], data: [1] }] })

    it('describes itself and its models as Open Inference says', async () => {
      const { ask } = await serve()
      expect(JSON.parse((await ask('GET', '/v2')).text)).toMatchObject({
        name: 'millrace',
        extensions: expect.arrayContaining(['binary_tensor_data']) as string[],
      })
      expect(JSON.parse((await ask('GET', '/v2/health/ready')).text)).toEqual({ live: true, ready: true })
      expect(JSON.parse((await ask('GET', '/v2/models/e')).text)).toEqual({
        name: 'e',
        versions: ['1'],
        platform: 'onnx_onnxv1',
        inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 1] }],
        outputs: [{ name: 'probability', datatype: 'FP32', shape: [-1, 1] }],
      })
      expect(await ask('GET', '/v2/models/e/versions/1/ready')).toMatchObject({ status: 200 })
      expect(await ask('POST', '/v2/models/e/versions/1/infer', valid)).toMatchObject({ status: 200 })
    })
    it('answers each wrong request with a sentence and no 5xx, and goes on serving', async () => {
      const { ask } = await serve()
      const wrong: [string, Promise<{ status: number; text: string }>, number, RegExp][] = [
        ['cut JSON', ask('POST', '/v2/models/e/infer', '{"inputs":'), 400, /is not JSON/],
        ['a missing input', ask('POST', '/v2/models/e/infer', '{"inputs":[]}'), 400, /The input \\"x\\" is missing/],
        ['an unknown model', ask('POST', '/v2/models/none/infer', valid), 404, /unknown model: 'none'/],
        ['an unknown version', ask('POST', '/v2/models/e/versions/9/infer', valid), 404, /does not serve version 9/],
        ['a wrong method', ask('GET', '/v2/models/e/infer'), 405, /takes POST/],
        ['a wrong path', ask('GET', '/v3/models'), 404, /Nothing answers GET/],
        [
          'a rebound host',
          ask('POST', '/v2/models/e/infer', valid, { host: 'evil.example' }),
          421,
          /does not answer for the host/,
        ],
        [
          'a foreign page',
          ask('POST', '/v2/models/e/infer', valid, { origin: 'https://evil.example' }),
          403,
          /may not predict here/,
        ],
        [
          'a body beyond the limit',
          ask('POST', '/v2/models/e/infer', valid, { 'content-length': 2 ** 40 }),
          413,
          /larger than/,
        ],
        [
          'a body that only says it is gzip',
          ask('POST', '/v2/models/e/infer', valid, { 'content-encoding': 'gzip' }),
          400,
          /compressed body/,
        ],
        ['rows that are none', ask('POST', '/endpoints/e/predict', '{"rows":[1]}'), 400, /Each row must be an object/],
        [
          'a row with an unknown feature',
          ask('POST', '/endpoints/e/predict', '{"rows":[{"x":1,"y":2}]}'),
          400,
          /has no input \\"y\\"/,
        ],
        [
          'a row with a text',
          ask('POST', '/endpoints/e/predict', '{"rows":[{"x":"a"}]}'),
          400,
          /Row 0 has .* the model takes a number/,
        ],
      ]
      for (const [what, asked, status, text] of wrong) {
        const answer = await asked
        expect([what, answer.status]).toEqual([what, status])
        expect(answer.text).toMatch(text)
      }
      expect(await ask('POST', '/v2/models/e/infer', gzipSync(valid), { 'content-encoding': 'gzip' })).toMatchObject({
        status: 200,
      })
      expect(JSON.parse((await ask('POST', '/endpoints/e/predict', '{"rows":[{"x":null}]}')).text)).toMatchObject({
        predictions: [{ outputs: { probability: null } }],
      })
    })
    it('answers requests that come while versions change without one failure', async () => {
      const { call, ask, version } = await serve()
      const statuses: number[] = []
      const changing = { now: true }
      const caller = async () => {
        while (changing.now) statuses.push((await ask('POST', '/v2/models/e/infer', valid)).status)
      }
      const callers = [caller(), caller(), caller()]
      for (let round = 0; round < 4; round += 1) {
        expect(await call('POST', '/endpoints/e/deployments', { versionId: await version(round + 5) })).toMatchObject({
          status: 201,
        })
      }
      changing.now = false
      await Promise.all(callers)
      expect(new Set(statuses)).toEqual(new Set([200]))
      expect(await call('GET', '/prediction-counts?endpoint=e')).toMatchObject({ body: { count: statuses.length } })
    })
    it('refuses a file that is no model before anything has changed', async () => {
      const { t, call, ask } = await serve()
      const context = { actor: aPerson('ann'), workspace: 'default' }
      const { id } = await aVersionOf(t.runtime, context, 'tiny', Buffer.from('no model'))
      const answer = await call('POST', '/endpoints/e/deployments', { versionId: id })
      expect(answer).toMatchObject({ status: 422, body: { code: 'model-serving/model-unusable' } })
      expect((await call('GET', '/endpoints/e')).body).toMatchObject({ deployments: [{ version: 1, state: 'ready' }] })
      expect(await ask('POST', '/v2/models/e/infer', valid)).toMatchObject({ status: 200 })
      const plan = { steps: [{ weight: 10, minPredictions: 1 }] }
      const rollout = await call('POST', '/endpoints/e/rollouts', { versionId: id, plan })
      expect(rollout).toMatchObject({ status: 422, body: { code: 'model-serving/model-unusable' } })
      expect((await call('GET', '/endpoints/e')).body).toMatchObject({ deployments: [{ version: 1 }], rollout: null })
    })
    it('hands out predictions of a window with their ground truth, as Parquet', async () => {
      const { t, call, serving } = await serve()
      const answer = await call('POST', '/endpoints/e/predict', {
        rows: [{ x: 1 }, { x: 2 }, { x: 3 }],
        eventTimesMs: [10, 20, 90_000_000],
      })
      await call('POST', '/endpoints/e/ground-truth', { batches: [{ id: answer.body['id'], values: [1, 1, 0] }] })
      await call('POST', '/endpoints/e/ground-truth', { labels: [{ id: `${String(answer.body['id'])}.0`, value: 0 }] })
      const context = { actor: aPerson('ann'), workspace: 'default' }
      const window = await serving?.predictionWindow({ endpoint: 'e', fromMs: 0, toMs: 100 }, context)
      const rows = await t.runtime.analytics.rows(
        `select p.event_time_ms, p."in.x" as x, arg_max(l.value, l.sequence) as label from read_parquet('${window?.predictions[0]}') p
         join read_parquet('${window?.labels[0]}') l using (prediction_id) group by all order by 1`,
      )
      expect(window?.predictions).toHaveLength(1)
      expect(rows).toEqual([
        { event_time_ms: 10, x: 1, label: 0 },
        { event_time_ms: 20, x: 2, label: 1 },
      ])
      expect(await serving?.watermark('e', context)).toBe(90_000_000)
    })
  })

  describe('a rollout', () => {
    const plan = {
      shadow: { minPredictions: 100 },
      steps: [{ weight: 50, minPredictions: 3000, minLabels: 3000 }],
      guardrails: [
        { name: 'errors', metric: 'error_rate', limit: 0.01 },
        { name: 'log-loss', metric: 'log_loss', limit: 0.05 },
      ],
    }
    it('rolls a worse version back by itself, by its ground truth', async () => {
      const { t, call, traffic, version, champion } = await start()
      const [good, bad] = [await version(4), await version(-4)]
      await call('PUT', '/endpoints/e', { model: 'tiny' })
      await call('POST', '/endpoints/e/deployments', { versionId: good })
      const { body } = await call('POST', '/endpoints/e/rollouts', { versionId: bad, plan })
      expect(body).toMatchObject({ state: 'shadow', step: -1 })
      const rollout = async () => (await call('GET', `/rollouts/${String(body['id'])}`)).body
      for (let round = 0; round < 200 && (await rollout())['endedAtMs'] === null; round += 1) await traffic(10, round)
      expect(await rollout()).toMatchObject({ state: 'rolled_back' })
      expect((await rollout())['reason']).toContain('log loss')
      expect(await champion()).toBe(1)
      expect(await t.events('model-serving.rollout.rolled-back')).toMatchObject([
        { payload: { guardrail: 'log-loss' } },
      ])
      await expect
        .poll(async () => (await call('GET', '/endpoints/e')).body, patiently)
        .toMatchObject({
          rollout: null,
          deployments: [{ versionId: good, weight: 100, state: 'ready' }],
        })
    })
    it('rolls a version back at once that takes other inputs than the champion', async () => {
      const { t, call, version } = await start()
      await call('PUT', '/endpoints/e', { model: 'tiny' })
      await call('POST', '/endpoints/e/deployments', { versionId: await version(4) })
      const bytes = tinyModel({ weights: { x: 1, y: 1 }, bias: 0 })
      const other = await aVersionOf(t.runtime, { actor: aPerson('ann'), workspace: 'default' }, 'tiny', bytes)
      const { body } = await call('POST', '/endpoints/e/rollouts', { versionId: other.id, plan })
      await expect
        .poll(async () => (await call('GET', `/rollouts/${String(body['id'])}`)).body, patiently)
        .toMatchObject({
          state: 'rolled_back',
          reason: 'The version cannot be served: it takes an input "y", which the champion does not',
        })
    })
    it('promotes a version that is as good, and moves the alias with it', async () => {
      const { call, traffic, version, champion } = await start()
      const [good, same] = [await version(4), await version(4.01)]
      await call('PUT', '/endpoints/e', { model: 'tiny' })
      await call('POST', '/endpoints/e/deployments', { versionId: good })
      const { body } = await call('POST', '/endpoints/e/rollouts', { versionId: same, plan })
      const rollout = async () => (await call('GET', `/rollouts/${String(body['id'])}`)).body
      for (let round = 0; round < 200 && (await rollout())['endedAtMs'] === null; round += 1) await traffic(10, round)
      expect(await rollout()).toMatchObject({ state: 'promoted' })
      expect(await champion()).toBe(2)
      await expect
        .poll(async () => (await call('GET', '/endpoints/e')).body, patiently)
        .toMatchObject({
          deployments: [{ versionId: same, weight: 100, role: 'champion', state: 'ready' }],
        })
    })
  })
})
