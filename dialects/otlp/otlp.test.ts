import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { createDatasets } from '@millrace/datasets'
import { createExperimentTracking, createRun } from '@millrace/experiment-tracking'
import { onEachStore, testKernel } from '@millrace/kernel/testing'
import type { OpenStore, TestKernel } from '@millrace/kernel/testing'
import { createTraces, searchTraces } from '@millrace/traces'
import { describe, expect, it } from 'vitest'
import { createOtlpDialect } from './otlp.ts'
import { encodeRequest } from './testing/encode-request.ts'

async function start(openStore: OpenStore): Promise<TestKernel> {
  return testKernel({
    database: await openStore(),
    domains: (runtime) => [
      createDatasets(runtime),
      createExperimentTracking(runtime),
      createTraces(runtime),
      createOtlpDialect(runtime),
    ],
  })
}

function send(t: TestKernel, payload: Buffer | string, headers: Record<string, string> = {}) {
  const usual = { 'content-type': 'application/x-protobuf', 'x-mlflow-experiment-id': '0' }
  return t.app.inject({ method: 'POST', url: '/v1/traces', payload, headers: { ...usual, ...headers } })
}

const two = encodeRequest([{}, { traceId: 'ab'.repeat(16), status: 2 }], { 'service.name': 'bot' })

onEachStore((openStore) => {
  describe('OTLP', () => {
    it('stores spans however they are packed, and sent again they change nothing', async () => {
      const t = await start(openStore)
      const packings: [string, Buffer][] = [
        ['identity', two],
        ['gzip', gzipSync(two)],
        ['deflate', deflateSync(two)],
        ['deflate', deflateRawSync(two)],
      ]
      for (const [encoding, payload] of packings) {
        const answer = await send(t, payload, { 'content-encoding': encoding })
        expect([answer.statusCode, answer.headers['content-type'], answer.rawPayload.length]).toEqual([
          200,
          'application/x-protobuf',
          0,
        ])
      }
      const { items } = await t.ask(searchTraces, {})
      expect(items.map(({ id, state, tags }) => [id, state, tags['service.name']])).toEqual([
        [`tr-${'0'.repeat(31)}1`, 'ok', 'bot'],
        [`tr-${'ab'.repeat(16)}`, 'error', 'bot'],
      ])
    })
    it('says in its answer how many spans were not stored', async () => {
      const t = await start(openStore)
      const answer = await send(t, encodeRequest([{}, { spanId: '00' }]))
      expect(answer.statusCode).toBe(200)
      const message = '1 spans were not stored; of the first: its span id has to be 8 bytes.'
      const lengths = [message.length + 4, message.length].map((length) => String.fromCharCode(length))
      expect(answer.rawPayload.toString('latin1')).toBe(`\x0a${lengths[0]}\x08\x01\x12${lengths[1]}${message}`)
      const json = {
        resourceSpans: [
          { scopeSpans: [{ spans: [{ traceId: 'zz' }, { traceId: 'cd'.repeat(16), spanId: 'cd'.repeat(8) }] }] },
        ],
      }
      const told = await send(t, JSON.stringify(json), { 'content-type': 'application/json; charset=utf-8' })
      expect(told.json()).toMatchObject({ partialSuccess: { rejectedSpans: '1' } })
    })
    it('links traces to the run that is named', async () => {
      const t = await start(openStore)
      const run = await t.act(createRun, { experiment: '#0' })
      await send(t, encodeRequest([{}]), { 'x-mlflow-run-id': run.id })
      expect((await t.ask(searchTraces, { filter: `run_id = '${run.id}'` })).items).toHaveLength(1)
    })
    it.each([
      ['another type', two, { 'content-type': 'text/plain' }, 400, 'Invalid Content-Type: text/plain'],
      ['no experiment', two, { 'x-mlflow-experiment-id': '' }, 422, 'x-mlflow-experiment-id'],
      ['no number for an experiment', two, { 'x-mlflow-experiment-id': 'abc' }, 400, "Invalid experiment ID 'abc'"],
      ['an unknown experiment', two, { 'x-mlflow-experiment-id': '77' }, 404, 'No Experiment with id=77 exists'],
      ['an unknown encoding', two, { 'content-encoding': 'br' }, 400, 'Unsupported Content-Encoding: br'],
      ['broken gzip', two, { 'content-encoding': 'gzip' }, 400, 'Failed to decompress gzip payload'],
      ['no spans', Buffer.alloc(0), {}, 400, 'no spans found'],
      ['bytes that mean nothing', Buffer.from('not a protobuf'), {}, 400, 'Invalid OpenTelemetry format'],
      ['only spans without ids', encodeRequest([{ traceId: '' }]), {}, 422, 'Cannot convert OpenTelemetry span'],
    ])('refuses %s', async (_what, payload, headers, status, sentence) => {
      const t = await start(openStore)
      const answer = await send(t, payload, headers)
      expect([answer.statusCode, answer.json<{ detail: string }>().detail]).toEqual([
        status,
        expect.stringContaining(sentence),
      ])
      expect((await t.ask(searchTraces, {})).items).toEqual([])
    })
    it('does not unpack a bomb', async () => {
      const t = await start(openStore)
      const bomb = gzipSync(Buffer.alloc(65 * 1024 * 1024))
      expect(bomb.length).toBeLessThan(100_000)
      expect((await send(t, bomb, { 'content-encoding': 'gzip' })).statusCode).toBe(413)
    })
  })
})
