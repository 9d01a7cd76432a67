import { createHash } from 'node:crypto'
import { mkdir, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { ConnectOptions } from './millrace.ts'
import { connect, MillraceError } from './sdk.ts'
import { startClient } from './testing/node-client.ts'
import { ServerProcess } from './testing/server-process.ts'

const server = new ServerProcess()
beforeAll(() => server.start())
afterAll(() => server.remove())

const sha256 = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`

/** A connection that remembers its requests and warnings. */
function connection(options: ConnectOptions = {}) {
  const requests: string[] = []
  const warnings: string[] = []
  process.env['MILLRACE_SPOOL_DIR'] = join(server.folder, 'spool')
  const counting: typeof fetch = (input, init) => {
    requests.push(
      `${init?.method} ${new URL(input instanceof Request ? input.url : input).pathname.replace('/api/millrace/v1/w/default', '')}`,
    )
    return fetch(input, init)
  }
  const warn = (sentence: string) => void warnings.push(sentence)
  return { millrace: connect({ url: server.url, warn, fetch: counting, ...options }), requests, warnings }
}

/** Asks the server for what the SDK does not do. */
async function call(method: string, path: string, body: string | object): Promise<unknown> {
  const isText = typeof body === 'string'
  const answer = await fetch(`${server.url}/api/millrace/v1/w/default${path}`, {
    method,
    headers: { 'content-type': isText ? 'application/octet-stream' : 'application/json' },
    body: isText ? body : JSON.stringify(body),
  })
  if (!answer.ok) throw new Error(await answer.text())
  return answer.json()
}

const quiet = { systemMetricsSeconds: false, code: false } as const

describe('a run', () => {
  it('has what was logged to it: params, tags, metrics with NaN and fractions of steps, code and its end', async () => {
    const { millrace, warnings } = connection()
    const run = await millrace.startRun<{ metrics: { loss: number; auc: number }; params: { rate: number } }>({
      experiment: 'typed',
      name: 'first',
      params: { rate: 0.1 },
      tags: { team: 'vision', nested: { a: [1] } },
      systemMetricsSeconds: false,
    })
    run.log({ loss: 2 })
    run.log({ loss: Number.NaN, auc: Number.POSITIVE_INFINITY }, { step: 7.5, timestampMs: 1_000.6 })
    run.log({ loss: 1 })
    await run.end()
    const found = await millrace.runs.get(run.id)
    expect(found).toMatchObject({
      name: 'first',
      status: 'finished',
      params: { rate: '0.1' },
      tags: { team: 'vision', nested: '{"a":[1]}' },
      metrics: { loss: 1, auc: Number.POSITIVE_INFINITY },
    })
    expect(JSON.stringify(found)).toMatch(/"gitCommit":"[0-9a-f]{40}"/)
    const points = await Array.fromAsync(millrace.runs.history(run.id, 'loss'))
    expect(points.map(({ step, value }) => [step, value])).toEqual([
      [0, 2],
      [7.5, Number.NaN],
      [8, 1],
    ])
    expect(points[1]?.timestampMs).toBe(1001)
    expect(warnings).toEqual([])
  })
  it('is failed when its block is left by an error, and finished when its end was said', async () => {
    const { millrace, warnings } = connection()
    const ids: string[] = []
    const train = async (fails: boolean) => {
      await using run = await millrace.startRun({ experiment: 'blocks', ...quiet })
      ids.push(run.id)
      run.log({ loss: 1 })
      if (fails) throw new Error('out of memory')
      await run.end()
    }
    await train(false)
    await expect(train(true)).rejects.toThrow('out of memory')
    await expect(
      millrace.run({ experiment: 'blocks', ...quiet }, (run) => {
        ids.push(run.id)
        throw new Error('again')
      }),
    ).rejects.toThrow('again')
    const statuses = await Promise.all(ids.map(async (id) => (await millrace.runs.get(id)).status))
    expect(statuses).toEqual(['finished', 'failed', 'failed'])
    expect(warnings).toEqual([expect.stringContaining('recorded as failed')])
  })
  it('loses nothing but what is wrong: a bad key, a changed param, a step that is none, a data set that is not there', async () => {
    const { millrace, warnings } = connection()
    const run = await millrace.startRun({
      experiment: 'wrong',
      params: { rate: 1 },
      data: ['datasets:/none@1'],
      ...quiet,
    })
    await run.flush()
    run.log({ good: 1, ['x'.repeat(300)]: 2 }, { step: Number.NaN })
    run.params({ rate: 2, depth: 3 })
    run.log(null as never) // as JavaScript may call it
    run.log({ good: 'high' as never, other: 5 })
    await run.flush()
    await call('POST', `/runs/${run.id}/log`, { params: { elsewhere: 'theirs' } })
    run.params({ elsewhere: 'ours', width: 9 })
    await run.end()
    run.log({ late: 1 })
    const found = await millrace.runs.get(run.id)
    expect(found).toMatchObject({ status: 'finished', metrics: { good: 1, other: 5 } })
    expect(found.params).toEqual({ rate: '1', depth: '3', elsewhere: 'theirs', width: '9' })
    expect(warnings.join('\n')).toMatch(/none[^]*is no key[^]*never change[^]*string instead of a number[^]*has ended/)
    expect(warnings.some((said) => said.includes('elsewhere'))).toBe(true)
  })
  it('is part of its parent, also when both are sent at once', async () => {
    const { millrace } = connection()
    const parent = await millrace.startRun({ experiment: 'nested', ...quiet })
    const child = await millrace.startRun({ experiment: 'nested', parent, ...quiet })
    await Promise.all([child.end(), parent.end()])
    expect((await millrace.runs.get(child.id)).parentRunId).toBe(parent.id)
  })
  it('says which data it uses', async () => {
    const file = await call('POST', '/datasets/flights/uploads?path=a.csv', 'day,delay\n1,2\n')
    await call('POST', '/datasets/flights/versions', { version: 'jan', files: [{ ...Object(file), path: 'a.csv' }] })
    const { millrace, warnings } = connection()
    const run = await millrace.startRun({ experiment: 'data', data: ['datasets:/flights@jan'], ...quiet })
    run.useData('datasets:/flights@latest', 'validation')
    await run.end()
    expect(await millrace.runs.get(run.id)).toMatchObject({
      data: [{ context: 'training' }, { context: 'validation' }],
    })
    expect(warnings).toEqual([])
  })
  it('keeps the console where that is asked for', async () => {
    const { millrace } = connection()
    const run = await millrace.startRun({ experiment: 'console', captureConsole: true, ...quiet })
    const before = console.info
    console.info('epoch', 1, { loss: 0.5 })
    await run.end()
    expect(console.info).not.toBe(before)
    const kept = await (await millrace.runs.downloadArtifact(run.id, 'logs/console.txt')).text()
    expect(kept).toMatch(/^\S+Z info epoch 1 {"loss":0.5}\n$/)
  })
  it('samples the machine', async () => {
    const { millrace } = connection()
    const run = await millrace.startRun({ experiment: 'machine', code: false, systemMetricsSeconds: 0.05 })
    await expect
      .poll(async () => (await run.flush(), Object.keys((await millrace.runs.get(run.id)).metrics)))
      .toEqual(expect.arrayContaining(['system/cpu_utilization_percentage', 'system/process_memory_megabytes']))
    await run.end()
  })
})

describe('an artifact', () => {
  it('may be a file, bytes, a Blob, a stream or a folder, of which only what is new is sent again', async () => {
    const { millrace, requests } = connection()
    const run = await millrace.startRun({ experiment: 'artifacts', ...quiet })
    const folder = join(server.folder, 'model')
    await mkdir(join(folder, 'deep'), { recursive: true })
    await writeFile(join(folder, 'a.txt'), 'a')
    await writeFile(join(folder, 'deep/b č.txt'), 'b')
    expect(await run.artifact(join(folder, 'a.txt'))).toEqual([{ path: 'a.txt', digest: sha256('a'), sizeBytes: 1 }])
    await run.artifact(pathToFileURL(join(folder, 'a.txt')), 'from/url.txt')
    await run.artifact(new TextEncoder().encode('bytes'), 'bytes')
    await run.artifact(new Blob(['blob']), 'blob')
    expect(await run.artifact(new Blob(['streamed']).stream(), 'stream')).toMatchObject([
      { digest: sha256('streamed') },
    ])
    const stored = await run.artifact(folder, 'model')
    expect(stored.map(({ path }) => path)).toEqual(['model/a.txt', 'model/deep/b č.txt'])
    await writeFile(join(folder, 'a.txt'), 'changed')
    requests.length = 0
    await run.artifact(folder, 'model/')
    expect(requests.filter((request) => request.startsWith('PUT'))).toEqual([
      `PUT /runs/${run.id}/artifacts/model/a.txt`,
    ])
    expect(await (await millrace.runs.downloadArtifact(run.id, 'model/deep/b č.txt')).text()).toBe('b')
    await expect(run.artifact(new Blob(['x']))).rejects.toThrow('Give the artifact a name')
    await expect(run.artifact(new Blob(['x']), '../x')).rejects.toThrow('cannot be the name')
    await run.end()
  })
  it('of 400 MiB needs less than half of that in memory', async () => {
    const path = join(server.folder, 'large')
    await writeFile(path, '')
    await truncate(path, 400 << 20)
    const env = { MILLRACE_URL: server.url, MILLRACE_SPOOL_DIR: join(server.folder, 'spool') }
    const { said, ended } = await startClient(env, path, async (sdk, file) => {
      const run = await sdk.connect().startRun({ experiment: 'artifacts', systemMetricsSeconds: false, code: false })
      let most = 0
      setInterval(() => (most = Math.max(most, process.memoryUsage().arrayBuffers)), 5).unref()
      const [stored] = await run.artifact(file)
      await run.end()
      console.log(stored?.sizeBytes, most < 200 << 20)
    })
    await ended
    expect(said).toBe(`${400 << 20} true`)
  }, 60_000)
  it('is sent again when the connection breaks, and refused when other bytes arrive', async () => {
    const trouble = { breaks: 2, swaps: false }
    const { millrace } = connection({
      fetch: async (input, init) => {
        if (init?.method === 'PUT' && trouble.breaks-- > 0) throw new TypeError('fetch failed')
        return fetch(input, init?.method === 'PUT' && trouble.swaps ? { ...init, body: 'swapped' } : init)
      },
    })
    const run = await millrace.startRun({ experiment: 'artifacts', ...quiet })
    await run.artifact(new Blob(['whole']), 'whole')
    trouble.swaps = true
    await expect(run.artifact(new Blob(['whole']), 'other')).rejects.toMatchObject({ code: 'sdk/wrong-digest' })
    const aborted = AbortSignal.abort(new Error('enough'))
    await expect(run.artifact(new Blob(['x']), 'x', { signal: aborted })).rejects.toThrow('enough')
    await run.end()
  })
})

// y = sigmoid(0.5 * delay), as ONNX.
const tinyModel =
  'CAgSDm1pbGxyYWNlIHRlc3RzOtYBCiEKBWRlbGF5EgNyb3ciBkNvbmNhdCoLCgRheGlzGAGgAQIKIQoDcm93Cgd3ZWlnaHRzCgRiaWFzEgVsb2dpdCIE' +
  'R2VtbQodCgVsb2dpdBILcHJvYmFiaWxpdHkiB1NpZ21vaWQSBHRpbnkqFQgBCAEQAUIHd2VpZ2h0c0oEAAAAPyoQCAEQAUIEYmlhc0oEAAAAAFocCgVk' +
  'ZWxheRITChEIARINCgcSBWJhdGNoCgIIAWIiCgtwcm9iYWJpbGl0eRITChEIARINCgcSBWJhdGNoCgIIAUIECgAQEQ=='

describe('what the types say', () => {
  it('is what a run of a shape takes', async () => {
    const { millrace } = connection()
    type Shape = { metrics: { loss: number }; params: { rate: number } }
    const run = await millrace.startRun<Shape>({ experiment: 'types', params: { rate: 1 }, ...quiet })
    run.log({ loss: 1 })
    // @ts-expect-error -- a metric that the shape does not have
    run.log({ los: 1 })
    // @ts-expect-error -- a param of another type
    run.params({ rate: '1' })
    // @ts-expect-error -- an end that there is not
    await run.end('done')
    expect((await millrace.runs.get(run.id)).metrics).toEqual({ loss: 1, los: 1 })
  })
})

describe('the registry', () => {
  it('registers a logged model, moves aliases, finds versions and gives their bytes', async () => {
    const { millrace } = connection()
    const run = await millrace.startRun({ experiment: 'registry', ...quiet })
    const { version } = await run.logModel(new Blob(['weights']), { name: 'model/net.onnx', registerAs: 'net č' })
    expect(version).toMatchObject({ model: 'net č', version: 1, runId: run.id })
    const second = await millrace.models.register('net č', { run, path: 'model/net.onnx', tags: { kind: 'second' } })
    await millrace.models.setAlias('net č', 'candidate', second.version)
    expect(await millrace.models.getVersion('models:/net č@candidate')).toMatchObject({ id: second.id })
    expect(await Array.fromAsync(millrace.models.versions('net č'))).toHaveLength(2)
    expect(await (await millrace.models.download(second)).text()).toBe('weights')
    await millrace.models.deleteAlias('net č', 'candidate')
    const gone = await millrace.models.getVersion('models:/net č@candidate').catch((error: unknown) => error)
    expect(gone).toBeInstanceOf(MillraceError)
    expect(gone).toMatchObject({ status: 404, isTemporary: false })
    await run.end()
  })
  it('serves predictions by an endpoint, which take their ground truth', async () => {
    const { millrace } = connection()
    const run = await millrace.startRun({ experiment: 'serving', ...quiet })
    const { version } = await run.logModel(new Blob([Buffer.from(tinyModel, 'base64')]), {
      name: 'late.onnx',
      registerAs: 'late',
    })
    await run.end()
    await call('PUT', '/endpoints/late', { model: 'late' })
    await call('POST', '/endpoints/late/deployments', { versionId: version?.id })
    const late = millrace.endpoint('late')
    const { id, predictions } = await late.predict([{ delay: 0 }, { delay: 2 }], { eventTimesMs: [1000, 2000] })
    expect(predictions.map(({ outputs }) => Number(outputs['probability']).toFixed(3))).toEqual(['0.500', '0.731'])
    expect(predictions[1]?.id).toBe(`${id}.1`)
    expect(await late.groundTruth([{ id: `${id}.1`, value: 1 }])).toBe(1)
    await expect(late.predict([{ wrong: 1 }])).rejects.toMatchObject({ status: 400 })
    await expect(millrace.endpoint('none').predict([{ x: 1 }])).rejects.toMatchObject({ status: 404 })
  })
})

describe('the API', () => {
  it('finds runs page by page', async () => {
    const { millrace, requests } = connection()
    for (let at = 0; at < 5; at += 1) {
      await millrace.run({ experiment: 'search', ...quiet }, (run) => run.log({ loss: at }))
    }
    requests.length = 0
    const found = await Array.fromAsync(
      millrace.runs.search('metrics.loss < 3', { experiments: ['search'], orderBy: ['metrics.loss ASC'], pageSize: 2 }),
    )
    expect([found.map(({ metrics }) => metrics['loss']), requests.length]).toEqual([[0, 1, 2], 2])
    await expect(millrace.runs.search('metrics.loss <').next()).rejects.toMatchObject({
      code: 'experiment-tracking/bad-query',
    })
  })
  it('takes a token from the address, which no message shows, and refuses what is no address', async () => {
    const asked: (string | null)[] = []
    const { millrace } = connection({
      url: 'http://ann:mlr_secret@127.0.0.1:9/',
      fetch: async (_input, init) => {
        asked.push(new Headers(init?.headers).get('authorization'))
        throw new TypeError('fetch failed')
      },
    })
    const error = await millrace.models.setAlias('m', 'a', 1, { signal: AbortSignal.timeout(50) }).catch(String)
    expect(asked[0]).toBe('Bearer mlr_secret')
    expect(error).not.toContain('secret')
    expect(() => connect({ url: 'localhost:7400' })).toThrow('is not an http(s) URL')
  })
  it('waits as long as a busy server asks for, and sends nothing twice that may not be', async () => {
    const answers: (Response | Error)[] = []
    let asked = 0
    const busy = connection({
      fetch: async () => {
        asked += 1
        const answer = answers.shift() ?? Response.json({ items: [] })
        if (answer instanceof Error) throw answer
        return answer
      },
    }).millrace
    answers.push(new Response('{}', { status: 503, headers: { 'retry-after': '30' } }))
    vi.useFakeTimers({ toFake: ['setTimeout'] })
    const found = Array.fromAsync(busy.runs.search())
    await vi.advanceTimersByTimeAsync(29_000)
    expect(asked).toBe(1)
    await vi.advanceTimersByTimeAsync(2_000)
    expect([await found, asked]).toEqual([[], 2])
    vi.useRealTimers()
    answers.push(new Response('{}', { status: 502 }))
    await expect(busy.endpoint('delay').predict([{ x: 1 }])).rejects.toMatchObject({ status: 502 })
    answers.push(new TypeError('fetch failed'))
    await expect(busy.endpoint('delay').predict([{ x: 1 }])).rejects.toMatchObject({ code: 'sdk/unreachable' })
    answers.push(new Response('<html>', { status: 200 }))
    await expect(busy.runs.get('x')).rejects.toMatchObject({ code: 'sdk/unexpected-answer' })
    expect(asked).toBe(5)
  })
})
