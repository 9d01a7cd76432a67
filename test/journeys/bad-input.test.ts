import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tinyModel } from '@millrace/adapter-onnx-runtime/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Answer, Sent } from './ask.ts'
import { ask, must } from './ask.ts'
import type { ServerProcess } from './server-process.ts'
import { endServers, startServer } from './server-process.ts'
import { sweep } from './sweep.ts'

const bodyLimitMb = 2
const folder = await mkdtemp(join(tmpdir(), 'millrace-bad-input-'))
const dataDir = join(folder, 'inside', 'data')
const here: { server?: ServerProcess } = {}
const url = () => here.server?.url ?? ''
const send = (method: string, path: string, body?: Sent) => ask(url(), method, path, body)

beforeAll(async () => {
  here.server = await startServer(dataDir, { flags: ['--body-limit-mb', String(bodyLimitMb)] })
  await must(url(), 'PUT', '/datasets/flights', {})
  await must(url(), 'PUT', '/experiments/kept', {})
  const version = await modelVersions()
  const versionId = await version('first.onnx', Buffer.from(tinyModel({ weights: { x: 3 }, bias: 0 })))
  await must(url(), 'PUT', '/endpoints/tiny', { model: 'tiny' })
  await must(url(), 'POST', '/endpoints/tiny/deployments', { versionId })
})

afterAll(async () => {
  await endServers()
  await rm(folder, { recursive: true, force: true })
})

/** The status of a refusal that says with a whole sentence what it should; anything else as it came. */
function refusal(answer: Answer, sentence: RegExp): number | string {
  const isProblem = answer.type.includes('application/problem+json')
  const detail = isProblem ? answer.json<{ detail: string }>().detail : ''
  const isSaid = sentence.test(detail) && /^["A-Z].*[.!?]$/.test(detail)
  return isSaid ? answer.status : `${answer.status} ${answer.text}`
}

// As a browser or a careless script may write "one folder up".
const waysOut = [
  '../out',
  '..%2Fout',
  '%2e%2e%2fout',
  '%2E%2E/out',
  'a/..%2f..%2f..%2fout',
  'a%5C..%5C..%5Cout',
  '%2Fetc%2Fpasswd',
  'C%3A%5Cout',
  'out%00.txt',
  './out',
]

describe('every address of the API', () => {
  it('answers damaged, ill-typed and empty bodies, odd names and odd queries with a sentence, never with 500', async () => {
    const { asked, faults } = await sweep(url())
    expect(asked).toBeGreaterThan(2000)
    expect(faults.slice(0, 5)).toEqual([])
    expect(await send('GET', '//health')).toMatchObject({ status: 200, text: 'OK' })
  })

  it('names the fields that are wrong', async () => {
    const answer = await send('POST', '/runs', { experiment: 7, tags: 'x' })
    expect(refusal(answer, /experiment.*tags/)).toBe(400)
  })

  it('says what is not there', async () => {
    expect(refusal(await send('GET', '/runs/0123456789abcdef0123456789abcdef'), /run/)).toBe(404)
    expect(refusal(await send('GET', '/models/nobody'), /nobody/)).toBe(404)
    expect(refusal(await send('GET', '/datasets/nothing/versions/latest'), /nothing/)).toBe(404)
    expect(refusal(await send('POST', '/releases', { policy: 'no-such-policy', reason: 'x' }), /no-such-policy/)).toBe(
      404,
    )
    expect(refusal(await send('GET', '/no-such-address'), /openapi\.json/)).toBe(404)
  })

  it('refuses a body over the limit, and reads the next request on the same connection', async () => {
    const large = { experiment: 'kept', name: 'x'.repeat(bodyLimitMb * 1024 * 1024) }
    expect(refusal(await send('POST', '/runs', large), /larger than 2097152 bytes/)).toBe(413)
    expect((await send('GET', '/experiments/kept')).status).toBe(200)
  })
})

describe('a path that leads out of its folder', () => {
  it.each(waysOut)('is refused as a data file: %s', async (path) => {
    const sent = path.replaceAll('+', '%2B')
    expect(
      refusal(await send('POST', `/datasets/flights/uploads?path=${sent}`, Buffer.from('a,b\n1,2\n')), /path/),
    ).toBe(400)
  })

  it.each(waysOut)('is refused as an artifact, to write and to read: %s', async (path) => {
    const { id } = await must<{ id: string }>(url(), 'POST', '/runs', { experiment: 'kept' })
    expect(refusal(await send('PUT', `/runs/${id}/artifacts/${path}`, Buffer.from('x')), /path/)).toBe(400)
    expect(refusal(await send('GET', `/runs/${id}/artifacts/${path}`), /path/)).toBe(400)
  })

  it('is refused in a list of files and as a name', async () => {
    const files = [{ path: '../../etc/passwd', digest: `sha256:${'0'.repeat(64)}` }]
    expect(refusal(await send('POST', '/datasets/flights/versions', { files }), /files\.0\.path/)).toBe(400)
    const digests = [{ path: 'x.csv', digest: 'sha256:../../../etc/passwd' }]
    expect(refusal(await send('POST', '/datasets/flights/versions', { files: digests }), /files\.0\.digest/)).toBe(400)
    for (const name of ['..%2f..%2fout', '%2e%2e', 'out%00'])
      expect(refusal(await send('PUT', `/datasets/${name}`, {}), /name/)).toBe(400)
  })

  it('reaches no file through the pages either', async () => {
    for (const path of [
      '//../../etc/passwd',
      '//assets/..%2f..%2f..%2f..%2fetc%2fpasswd',
      '//%2e%2e/%2e%2e/etc/passwd',
    ])
      expect((await send('GET', path)).text).not.toContain('root:')
  })

  it('wrote nothing outside the data directory', async () => {
    expect(await readdir(folder)).toEqual(['inside'])
    expect(await readdir(join(folder, 'inside'))).toEqual(['data'])
    expect(existsSync('/etc/out')).toBe(false)
  })
})

describe('a damaged file', () => {
  it.each([
    ['a truncated Parquet file', 'cut.parquet', Buffer.concat([Buffer.from('PAR1'), Buffer.alloc(500, 7)])],
    ['an empty Parquet file', 'empty.parquet', Buffer.alloc(0)],
    ['a text that calls itself Parquet', 'text.parquet', Buffer.from('a,b\n1,2\n')],
    ['a CSV file without a row', 'empty.csv', Buffer.alloc(0)],
  ])('%s is no data version, and the sentence names the file', async (_what, path, bytes) => {
    const { digest } = await must<{ digest: string }>(url(), 'POST', `/datasets/flights/uploads?path=${path}`, bytes)
    const answer = await send('POST', '/datasets/flights/versions', { files: [{ path, digest }] })
    expect(refusal(answer, new RegExp(path.replace('.', '\\.')))).toBe(400)
    expect(answer.text).not.toContain(dataDir)
    expect(await must(url(), 'GET', '/datasets/flights/versions')).toMatchObject({ items: [] })
  })

  it('an ONNX file that is none is not deployed; what is live stays live', async () => {
    const version = await modelVersions()
    const good = await version('good.onnx', Buffer.from(tinyModel({ weights: { x: 4 }, bias: 0 })))
    const whole = Buffer.from(tinyModel({ weights: { x: 5 }, bias: 0 }))
    const none = [
      await version('text.onnx', Buffer.from('This is a text.')),
      await version('cut.onnx', whole.subarray(0, whole.byteLength / 2)),
    ]
    await must(url(), 'POST', '/endpoints/tiny/deployments', { versionId: good })
    for (const versionId of none) {
      const answer = await send('POST', '/endpoints/tiny/deployments', { versionId })
      expect(refusal(answer, /no ONNX model.*Export it again/)).toBe(422)
      expect(await predict({ rows: [{ x: 1 }] })).toMatchObject({ status: 200 })
    }
    expect((await predict({ rows: [{ x: 1 }] })).json()).toMatchObject({ versionId: good })
    expect(await rolloutReason(none[0] ?? '')).toMatch(/no ONNX model/)
    expect((await predict({ rows: [{ x: 1 }] })).json()).toMatchObject({ versionId: good })
  })

  it('a prediction that cannot be made says what the model takes', async () => {
    expect(refusal(await predict('{"rows": [{'), /not JSON/)).toBe(400)
    expect(refusal(await predict({ rows: [{ y: 1 }] }), /no input "y".*takes "x"/)).toBe(400)
    expect(refusal(await predict({ rows: [{ x: 'seven' }] }), /"seven" for "x"/)).toBe(400)
    expect(refusal(await predict({ rows: [{ x: 'y'.repeat(bodyLimitMb * 1024 * 1024) }] }), /larger/)).toBe(413)
    const infer = await send('POST', '//v2/models/nobody/infer', { inputs: [] })
    expect(infer.status).toBe(404)
    expect(infer.json<{ error: string }>().error).toMatch(/no endpoint of this name/)
    const truth = await send('POST', '/endpoints/tiny/ground-truth', { labels: [{ id: 'pred_nothing.0', value: 1 }] })
    expect(refusal(truth, /not a prediction id/)).toBe(400)
  })
})

describe('after all of it', () => {
  it('nothing that was there is lost, and no fault was logged', async () => {
    expect((await send('GET', '/experiments/kept')).status).toBe(200)
    expect(await must(url(), 'GET', '/audit/verification')).toMatchObject({ ok: true })
    expect(here.server?.errors()).not.toMatch(/a request failed|kernel\/internal/)
  })
})

function predict(body: Sent): Promise<Answer> {
  return send('POST', '/endpoints/tiny/predict', body)
}

async function modelVersions(): Promise<(path: string, bytes: Buffer) => Promise<string>> {
  const { id: runId } = await must<{ id: string }>(url(), 'POST', '/runs', { experiment: 'kept' })
  await must(url(), 'PUT', '/models/tiny', {})
  return async (path, bytes) => {
    await must(url(), 'PUT', `/runs/${runId}/artifacts/${path}`, bytes)
    return (await must<{ id: string }>(url(), 'POST', '/models/tiny/versions', { runId, artifactPath: path })).id
  }
}

/** Why a rollout of what cannot be loaded did not come to pass: it is refused, or ends by itself. */
async function rolloutReason(versionId: string): Promise<string> {
  const plan = { steps: [{ weight: 10, minPredictions: 10, minLabels: 0 }], guardrails: [] }
  const started = await send('POST', '/endpoints/tiny/rollouts', { versionId, plan })
  if (started.status >= 400) return started.text
  const { id } = started.json<{ id: string }>()
  const rollout = () => must<{ state: string; reason: string | null }>(url(), 'GET', `/rollouts/${id}`)
  await expect.poll(rollout, { timeout: 20_000 }).toMatchObject({ state: 'rolled_back' })
  return (await rollout()).reason ?? ''
}
