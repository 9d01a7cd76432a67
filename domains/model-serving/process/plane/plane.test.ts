import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { temporaryFolder } from '@millrace/kernel/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { PlaneDeployment, PlaneEndpoint, PlaneSettings } from '../../model/plane-snapshot.ts'
import type { PlaneProcessOptions } from '../../testing/plane-process.ts'
import { startPlaneProcess } from '../../testing/plane-process.ts'
import type { ReadBatch } from '../log/spool-record.ts'
import { decodeRecords } from '../log/spool-record.ts'

const entry = fileURLToPath(new URL('../../testing/scripted-plane.ts', import.meta.url))
const patiently = { timeout: 20_000 }

function deployment(path: string, more: Partial<PlaneDeployment> = {}): PlaneDeployment {
  const version = more.version ?? 1
  const source = { format: 'module', path, trusted: true } as const
  return {
    versionId: `ver_${version}`,
    id: `dep_${version}`,
    version,
    source,
    role: 'champion',
    weight: 100,
    rollout: null,
    ...more,
  }
}

function endpoint(deployments: readonly PlaneDeployment[], more: Partial<PlaneEndpoint> = {}): PlaneEndpoint {
  const logging = { enabled: true, sampleRate: 1, redact: [] }
  return { workspace: 'default', id: 'end_1', name: 'e', logging, deployments, ...more }
}

type More = Omit<Partial<PlaneProcessOptions>, 'settings'> & { settings?: Partial<PlaneSettings> }

async function serving(endpoints: readonly PlaneEndpoint[], more: More = {}) {
  const spoolFolder = await temporaryFolder()
  const plane = await startPlaneProcess({ entry, spoolFolder, ...more })
  onTestFinished(() => plane.stop())
  const reports = await plane.apply(endpoints)
  const post = async (path: string, body = '1', headers: Record<string, string> = {}, signal?: AbortSignal) => {
    const answer = await fetch(plane.url + path, { method: 'POST', body, headers, ...(signal ? { signal } : {}) })
    return { status: answer.status, text: await answer.text(), headers: answer.headers }
  }
  const x = async (value: number, query = '', headers: Record<string, string> = {}) => {
    const { status, text } = await post(`/scripted/x/e${query}`, String(value), headers)
    return { status, ...(JSON.parse(text) as { y?: number; version?: number; id?: string; code?: string }) }
  }
  const view = async (name = 'e') =>
    (await (await fetch(`${plane.url}/scripted/view/${name}`)).json()) as Record<string, unknown>
  const log = async (): Promise<ReadBatch[]> => {
    const batches: ReadBatch[] = []
    for (const name of (await readdir(spoolFolder)).toSorted()) {
      batches.push(...decodeRecords(await readFile(join(spoolFolder, name)), new Map()).batches)
    }
    return batches
  }
  return { plane, reports, post, x, view, log }
}

const many = <T>(count: number, make: (index: number) => T) =>
  Array.from({ length: count }, (_each, index) => make(index))

describe('batches', () => {
  it('put requests that wait for a run into the next one, and count what they did', async () => {
    const { x, view } = await serving([endpoint([deployment('slow:50')])])
    const answers = await Promise.all(many(20, (index) => x(index)))
    expect(answers.map(({ y }) => y)).toEqual(many(20, (index) => index))
    const [statistics] = (await view())['statistics'] as [
      { executionCount: number; inferenceCount: number; success: { count: number } },
    ]
    expect(statistics).toMatchObject({ inferenceCount: 20, success: { count: 20 } })
    expect(statistics.executionCount).toBeLessThan(20)
  })
  it('run side by side where the model can', async () => {
    const most = async (path: string) => {
      const { x } = await serving([endpoint([deployment(path)], { limits: { maxBatchRows: 1 } })])
      return Math.max(...(await Promise.all(many(8, (index) => x(index)))).map(({ y = 0 }) => y))
    }
    expect([await most('beside:100:4'), await most('beside:50:1')]).toEqual([4, 1])
  })
  it('wait for more rows where the endpoint says so', async () => {
    const { x } = await serving([endpoint([deployment('rows')], { limits: { maxBatchRows: 4, maxBatchDelayMs: 200 } })])
    const answers = await Promise.all(many(4, (index) => x(index)))
    expect(Math.max(...answers.map(({ y = 0 }) => y))).toBeGreaterThan(1)
  })
  it('let a higher priority go first', async () => {
    const { x } = await serving([endpoint([deployment('slow:60')], { limits: { maxBatchRows: 1 } })])
    const order: string[] = []
    const note = (name: string) => () => void order.push(name)
    const first = x(0).then(note('first'))
    await new Promise((resolve) => setTimeout(resolve, 20))
    const waiting = [x(1).then(note('plain')), x(2, '?priority=2').then(note('second'))]
    await new Promise((resolve) => setTimeout(resolve, 10))
    await Promise.all([first, ...waiting, x(3, '?priority=1').then(note('urgent'))])
    expect(order.indexOf('plain')).toBe(3)
  })
})

describe('limits', () => {
  it('answer 504 in time when a model hangs, and others do not notice', async () => {
    const well = endpoint([deployment('add:1', { version: 2 })], { id: 'end_2', name: 'well' })
    const { x, post } = await serving([endpoint([deployment('hang')]), well])
    const hanging = x(1, '?timeoutMs=200')
    expect((await post('/scripted/x/well', '1')).status).toBe(200)
    expect(await hanging).toMatchObject({ status: 504, code: 'model-serving/plane/deadline-exceeded' })
  })
  it('turn away what is too much with 503 and 429', async () => {
    const { x } = await serving([endpoint([deployment('slow:200')], { limits: { maxQueue: 2, maxBatchRows: 1 } })])
    const statuses = (await Promise.all(many(8, (index) => x(index)))).map(({ status }) => status)
    expect(statuses).toContain(503)
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(2)
    const { x: one } = await serving([endpoint([deployment('slow:200')], { limits: { maxConcurrency: 2 } })])
    expect(
      (await Promise.all(many(5, (index) => one(index)))).map(({ status }) => status).toSorted((a, b) => a - b),
    ).toEqual([200, 200, 429, 429, 429])
  })
  it('hold each caller to its own rate', async () => {
    const limits = { requestsPerSecond: 0.001, burst: 3 }
    const { x, plane } = await serving([endpoint([deployment('add:1')], { limits })])
    const of = async (who: string) => (await x(1, '', { authorization: who })).status
    const ann = [await of('ann'), await of('ann'), await of('ann'), await of('ann')]
    expect([ann, await of('bob')]).toEqual([[200, 200, 200, 429], 200])
    await expect
      .poll(() => plane.callers(), patiently)
      .toContainEqual({ endpointId: 'end_1', caller: 'ann', requests: 4, errors: 0, limited: 1 })
  })
  it('drop a waiting request whose caller has left', async () => {
    const { x, post, view } = await serving([endpoint([deployment('slow:150')], { limits: { maxBatchRows: 1 } })])
    const first = x(1)
    const leaving = new AbortController()
    const left = many(3, () => post('/scripted/x/e', '2', {}, leaving.signal).catch(() => 'left'))
    await new Promise((resolve) => setTimeout(resolve, 50))
    leaving.abort()
    expect(await Promise.all(left)).toEqual(['left', 'left', 'left'])
    await first
    await x(3)
    const [statistics] = (await view())['statistics'] as [{ executionCount: number }]
    expect(statistics.executionCount).toBe(2)
  })
})

describe('a model', () => {
  it.each([
    ['nan', /nothing but NaN/],
    ['short', /has 0 rows for 1 rows/],
    ['fail', /could not compute this: it cannot be divided by zero/],
  ])('that does wrong (%s) is told from a caller that does', async (path, sentence) => {
    const { post } = await serving([endpoint([deployment(path, { onDemand: true })])])
    const answer = await post('/scripted/x/e', '1')
    expect([answer.status, answer.text]).toEqual([500, expect.stringMatching(sentence)])
  })
  it('is warmed up before it is ready, and one that fails in it is not served', async () => {
    const { reports } = await serving([endpoint([deployment('fail')], { warmUp: [{ x: 1 }] })])
    expect(reports).toMatchObject([{ ok: false, reason: expect.stringContaining('divided by zero') as string }])
  })
  it('comes with its first request where it is on demand, and when it is described', async () => {
    const { x, view, reports } = await serving([
      endpoint([deployment('add:1', { onDemand: true })]),
      endpoint([deployment('add:2', { onDemand: true, version: 2 })], { id: 'end_2', name: 'f' }),
    ])
    expect(reports).toEqual([])
    expect(await x(1)).toMatchObject({ status: 200, y: 2 })
    expect(await view('f')).toMatchObject({ ready: true, platform: 'scripted_add', versions: ['2'] })
  })
  it('that is not there says why', async () => {
    const { x } = await serving([endpoint([deployment('none', { onDemand: true })])])
    expect(await x(1)).toMatchObject({ status: 503, code: 'model-serving/plane/model-not-loaded' })
  })
  it('leaves memory after its time and comes back', async () => {
    const { x } = await serving([endpoint([deployment('add:1')], { idleMs: 50 })])
    expect(await x(1)).toMatchObject({ y: 2 })
    await new Promise((resolve) => setTimeout(resolve, 700))
    expect(await x(2)).toMatchObject({ status: 200, y: 3 })
  })
  it('reads its own requests, streams its answers, and both are logged', async () => {
    const { post, log } = await serving([
      endpoint([deployment('raw')]),
      endpoint([deployment('drip', { version: 2 })], { id: 'end_2', name: 'd' }),
    ])
    const answer = await post('/scripted/raw/e', 'hello', { 'content-type': 'text/plain' })
    expect([answer.status, answer.text]).toEqual([200, 'you said hello'])
    expect((await post('/scripted/raw/d')).text.split('\n')).toHaveLength(11)
    const rows = (await log()).map(({ inputs, outputs }) => [...inputs, ...(outputs ?? [])].map((column) => column[0]))
    expect(rows).toEqual([
      ['hello', 5n, 200n, 'you said hello', 14n],
      ['1', 1n, 200n, '', -1n],
    ])
    expect(await post('/scripted/x/e', '1')).toMatchObject({ status: 400 })
  })
})

describe('traffic', () => {
  const both = [deployment('add:1', { weight: 50 }), deployment('add:2', { version: 2, role: 'canary', weight: 50 })]
  it('stays with a version by a key', async () => {
    const { x } = await serving([endpoint(both, { routing: { sticky: { by: 'header', name: 'X-User' }, rules: [] } })])
    const versionsOf = async (user: string) =>
      new Set((await Promise.all(many(10, () => x(1, '', { 'x-user': user })))).map(({ version }) => version))
    const sets = await Promise.all(many(12, (user) => versionsOf(`user-${user}`)))
    expect(sets.every(({ size }) => size === 1)).toBe(true)
    expect(new Set(sets.flatMap((set) => [...set]))).toEqual(new Set([1, 2]))
  })
  it('stays with a version by an input', async () => {
    const { x } = await serving([endpoint(both, { routing: { sticky: { by: 'input', name: 'x' }, rules: [] } })])
    const versions = await Promise.all(many(40, (index) => x(index % 8)))
    for (let value = 0; value < 8; value += 1) {
      expect(new Set(versions.filter((_answer, index) => index % 8 === value).map(({ version }) => version)).size).toBe(
        1,
      )
    }
  })
  it('follows the first rule that holds, and a version that is asked for', async () => {
    const rules = [
      { when: { by: 'header', name: 'x-country', oneOf: ['de', 'fr'] }, deploymentId: 'dep_2' },
      { when: { by: 'query', name: 'beta', matches: '^(yes|1)$' }, deploymentId: 'dep_2' },
    ] as const
    const { x } = await serving([
      endpoint([deployment('add:1'), deployment('add:2', { version: 2, role: 'canary', weight: 0 })], {
        routing: { rules },
        labels: { stable: 1, next: 2 },
      }),
    ])
    const version = async (...of: Parameters<typeof x>) => (await x(...of)).version
    expect([
      await version(1),
      await version(1, '', { 'x-country': 'de' }),
      await version(1, '?beta=1'),
      await version(1, '?beta=no'),
    ]).toEqual([1, 2, 2, 1])
    expect(await x(1, '?version=9')).toMatchObject({ status: 404 })
  })
  it('is mirrored to shadows, compared, and not held up by one that hangs', async () => {
    const shadow = (path: string, version: number) => deployment(path, { version, role: 'shadow', weight: 0 })
    const { x, plane } = await serving([endpoint([deployment('add:1'), shadow('add:1.5', 2), shadow('hang', 3)])])
    for (let value = 1; value <= 20; value += 1) expect(await x(value)).toMatchObject({ status: 200, y: value + 1 })
    await expect
      .poll(() => plane.counts().get('dep_2')?.shadow, patiently)
      .toEqual({
        rows: 20,
        missed: 0,
        outputs: [{ name: 'y', elements: 20, agreeing: 0, sumAbsoluteDifference: 10, maxAbsoluteDifference: 0.5 }],
      })
  })
})

describe('the log', () => {
  it('takes a sample and leaves out what is redacted', async () => {
    const logging = { enabled: true, sampleRate: 0.5, redact: ['x'] }
    const { x, log } = await serving([endpoint([deployment('add:1')], { logging })])
    for (let round = 0; round < 10; round += 1) await Promise.all(many(20, (index) => x(index)))
    const batches = await log()
    const rows = batches.reduce((sum, { requests }) => sum + requests.length, 0)
    expect(rows).toBeGreaterThan(50)
    expect(rows).toBeLessThan(150)
    expect(batches.every(({ inputs }) => [...(inputs[0] ?? [])].every(Number.isNaN))).toBe(true)
    expect(
      batches.every(
        ({ requests, inputs, outputs }) =>
          inputs[0]?.length === requests.length && outputs?.[0]?.length === requests.length,
      ),
    ).toBe(true)
  })
  it('names the caller and the trace', async () => {
    const { x, log } = await serving([endpoint([deployment('add:1')])])
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
    await x(1, '', { authorization: 'ann', traceparent: `00-${traceId}-00f067aa0ba902b7-01` })
    await x(2, '', { traceparent: 'no trace' })
    const requests = (await log()).flatMap(({ requests: of }) => of)
    expect(requests.map(({ caller, traceId: trace }) => [caller, trace])).toEqual([
      ['ann', traceId],
      [undefined, undefined],
    ])
  })
  it('has answers from the cache too', async () => {
    const cache = { maxBytes: 1_000_000, ttlMs: 60_000 }
    const { x, log, view } = await serving([endpoint([deployment('add:1')], { cache })])
    const answers = [await x(1), await x(1), await x(2), await x(1)]
    expect(new Set(answers.map(({ id }) => id)).size).toBe(4)
    expect(answers.map(({ y }) => y)).toEqual([2, 2, 3, 2])
    expect((await view())['statistics']).toMatchObject([
      { executionCount: 2, cacheHit: { count: 2 }, cacheMiss: { count: 2 } },
    ])
    expect((await log()).flatMap(({ requests }) => requests)).toHaveLength(4)
  })
})

describe('metrics', () => {
  it('are Prometheus’ text by the names of the field', async () => {
    const { x, plane } = await serving([
      endpoint([deployment('add:1')]),
      endpoint([deployment('add:1', { version: 2, onDemand: true })], { id: 'end_2', name: 'unused' }),
    ])
    for (let value = 0; value < 3; value += 1) await x(value)
    const text = await (await fetch(`${plane.url}/metrics`)).text()
    const labels = '{model="e",version="1",workspace="default",role="champion"}'
    expect(text).toContain(`nv_inference_request_success${labels} 3\n`)
    expect(text).toContain(
      'millrace_prediction_seconds_bucket{model="e",version="1",workspace="default",role="champion",le="+Inf"} 3',
    )
    expect(text).not.toContain('unused')
    const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
    expect(samples.filter((line) => !/^[a-z_]+(?:\{[^}]*\})? [\d.e+-]+$/.test(line))).toEqual([])
  })
})

describe('spans', () => {
  it('continue the caller’s trace from the request to its run', async () => {
    const file = join(await temporaryFolder(), 'spans')
    const { x } = await serving([endpoint([deployment('add:1')])], { settings: { otlpEndpoint: file } })
    await x(1, '', { traceparent: '00-1-2-01' })
    expect(await readFile(file, 'utf8')).toBe('queue and run \npredict e 00-1-2-01\n')
  })
})

describe('callers', () => {
  it('that send slowly, or leave in the middle, cost the others nothing', async () => {
    const { x, plane } = await serving([endpoint([deployment('add:1')])])
    const { hostname, port } = new URL(plane.url)
    const slow = connect(Number(port), hostname)
    await once(slow, 'connect')
    slow.write('POST /scripted/x/e HTTP/1.1\r\nhost: localhost\r\ncontent-length: 3\r\n\r\n')
    const leaver = connect(Number(port), hostname)
    await once(leaver, 'connect')
    leaver.write('POST /scripted/x/e HTTP/1.1\r\nhost: localhost\r\ncontent-length: 300\r\n\r\n1')
    leaver.destroy()
    expect((await Promise.all(many(50, (index) => x(index)))).every(({ status }) => status === 200)).toBe(true)
    const answer = once(slow, 'data')
    for (const byte of '125') {
      slow.write(byte)
      await new Promise((resolve) => setTimeout(resolve, 30))
    }
    expect(String((await answer)[0])).toContain('"y":126')
    slow.destroy()
  })
  it('that manage are passed on to control with its answer', async () => {
    const managed = { name: 'm', version: '1', state: 'READY', reason: '', location: '/models/m' } as const
    const { post } = await serving([endpoint([deployment('add:1')])], {
      manage: (order) =>
        order.verb === 'index'
          ? { ok: true, models: [managed] }
          : order.verb === 'load' && order.name === 'm'
            ? { ok: true }
            : { ok: false, code: 'model-serving/plane/unknown-endpoint', status: 404, sentence: 'There is none.' },
    })
    expect(JSON.parse((await post('/scripted/manage/m')).text)).toEqual({ models: [managed], names: ['e'] })
    expect(await post('/scripted/manage/none')).toMatchObject({
      status: 404,
      text: expect.stringContaining('There is none.') as string,
    })
  })
})
