import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { memoryMib } from '../../campaigns/process-memory.ts'
import type { Answer, Sent } from '../ask.ts'
import { ask, must } from '../ask.ts'
import type { SmallDisk } from '../machine.ts'
import { canMount, limitedDisk, mountSmallDisk } from '../machine.ts'
import type { ServerProcess } from '../server-process.ts'
import { endServers, startServer } from '../server-process.ts'

const folder = await mkdtemp(join(tmpdir(), 'millrace-hostile-'))
const secret = 'only this machine may read this'
const here: { server?: ServerProcess; innerPort: number; reached: number } = { innerPort: 0, reached: 0 }
const cleanUp: (() => unknown)[] = []
const url = () => here.server?.url ?? ''
const send = (method: string, path: string, body?: Sent, headers?: Record<string, string>) =>
  ask(url(), method, path, body, headers)

beforeAll(async () => {
  const inner = createServer((socket) => {
    here.reached += 1
    socket.destroy()
  }).listen(0, '127.0.0.1')
  await once(inner, 'listening')
  cleanUp.push(() => inner.close())
  const address = inner.address()
  here.innerPort = typeof address === 'object' && address !== null ? address.port : 0
  await mkdir(join(folder, 'outside'))
  await writeFile(join(folder, 'outside', 'secret.txt'), secret)
  here.server = await startServer(join(folder, 'data'), { flags: ['--webhook-schemes', 'http,https'] })
  await must(url(), 'PUT', '/datasets/d', {})
})

afterAll(async () => {
  await endServers()
  for (const step of cleanUp) await step()
  await rm(folder, { recursive: true, force: true })
})

/** The status of a refusal with a sentence; anything else as it came. */
function refusal({ status, type, text }: Answer): number | string {
  const said = type.includes('problem+json') || text.includes('"error_code"')
  return said && status >= 400 && status < 500 ? status : `${status} ${text}`
}

const innerHosts = [
  '127.0.0.1',
  '127.1',
  '2130706433',
  '0x7f000001',
  '017700000001',
  '0.0.0.0',
  'localhost',
  '[::1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[64:ff9b::7f00:1]',
]

describe('an address inside this machine’s network', () => {
  it.each(innerHosts)('is no webhook, no channel and no source of data: %s', async (host) => {
    const target = `http://${host}:${here.innerPort}/x`
    const hook = { name: 'inner', url: target, events: ['run.finished'] }
    expect(refusal(await send('POST', '/webhooks', hook))).toBe(400)
    const mlflowHook = { name: 'inner', url: target, events: [{ entity: 'REGISTERED_MODEL', action: 'CREATED' }] }
    expect(refusal(await send('POST', '//api/2.0/mlflow/webhooks', mlflowHook))).toBe(400)
    const channel = { spec: { kind: 'webhook', url: target } }
    expect(refusal(await send('PUT', '/notification-channels/inner', channel))).toBe(400)
    expect(refusal(await send('POST', '/datasets/d/sources', { version: 'v-1', url: target }))).toBe(400)
    expect(here.reached).toBe(0)
  })

  it.each(['file:///etc/passwd', 'ftp://127.0.0.1/x', 'gopher://127.0.0.1/x', 'data:text/plain,x', 'javascript:1'])(
    'is not reached by another scheme either: %s',
    async (target) => {
      const hook = { name: 'inner', url: target, events: ['run.finished'] }
      expect(refusal(await send('POST', '/webhooks', hook))).toBe(400)
      expect(refusal(await send('POST', '/datasets/d/sources', { version: 'v-1', url: target }))).toBe(400)
    },
  )
})

describe('a folder of this machine that nobody opened', () => {
  it('is not read by an experiment that calls it its root', async () => {
    const outside = join(folder, 'outside')
    for (const location of [
      outside,
      `file://${outside}`,
      `file://localhost${outside}`,
      `mlflow-artifacts:/../../outside`,
    ]) {
      const made = await send('POST', '//api/2.0/mlflow/experiments/create', {
        name: `at ${location}`,
        artifact_location: location,
      })
      if (made.status !== 200) continue
      const { experiment_id: id } = made.json<{ experiment_id: string }>()
      const run = await must<{ run: { info: { run_id: string } } }>(url(), 'POST', '//api/2.0/mlflow/runs/create', {
        experiment_id: id,
      })
      const runId = run.run.info.run_id
      for (const path of ['secret.txt', '../../secret.txt', '..%2f..%2fsecret.txt']) {
        for (const address of [
          `/runs/${runId}/artifacts/${path}`,
          `//get-artifact?run_uuid=${runId}&path=${path}`,
          `//api/2.0/mlflow/artifacts/list?run_id=${runId}&path=${path}`,
        ])
          expect((await send('GET', address)).text).not.toContain(secret)
      }
      await send('PUT', `/runs/${runId}/artifacts/written.txt`, Buffer.from('x'))
    }
    expect(readdirSync(outside)).toEqual(['secret.txt'])
  })

  it('is not read as the source of a model version', async () => {
    await must(url(), 'PUT', '/models/m', {})
    const source = `file://${join(folder, 'outside')}`
    const made = await send('POST', '//api/2.0/mlflow/model-versions/create', { name: 'm', source })
    expect(made.status === 200 ? 400 : refusal(made)).toBe(400)
    for (const path of ['secret.txt', '../outside/secret.txt']) {
      const read = await send('GET', `//model-versions/get-artifact?name=m&version=1&path=${encodeURIComponent(path)}`)
      expect(read.text).not.toContain(secret)
    }
  })
})

describe('a symbolic link in a root that is served', () => {
  it('leads nowhere: not to read, not to list, not to write, not to delete', async () => {
    const root = join(folder, 'root')
    await mkdir(root)
    const server = await startServer(join(folder, 'data-2'), { flags: ['--default-artifact-root', `file://${root}`] })
    const { run } = await must<{ run: { info: { run_id: string; artifact_uri: string } } }>(
      server.url,
      'POST',
      '//api/2.0/mlflow/runs/create',
      { experiment_id: await experimentOf(server.url) },
    )
    const id = run.info.run_id
    const artifacts = fileURLToPath(run.info.artifact_uri)
    await mkdir(artifacts, { recursive: true })
    await writeFile(join(artifacts, 'own.txt'), 'own')
    await symlink(join(folder, 'outside'), join(artifacts, 'link'))
    await symlink(join(folder, 'outside', 'secret.txt'), join(artifacts, 'file-link'))
    expect(await ask(server.url, 'GET', `/runs/${id}/artifacts/own.txt`)).toMatchObject({ status: 200, text: 'own' })
    for (const path of ['link/secret.txt', 'file-link']) {
      for (const address of [`/runs/${id}/artifacts/${path}`, `//get-artifact?run_uuid=${id}&path=${path}`]) {
        const answer = await ask(server.url, 'GET', address)
        expect(answer.text).not.toContain(secret)
        expect(answer.status).toBeGreaterThanOrEqual(400)
        expect(answer.status).toBeLessThan(500)
      }
    }
    const listed = await ask(server.url, 'GET', `/runs/${id}/artifacts?recursive=true`)
    expect(listed.text).toContain('own.txt')
    expect(listed.text).not.toContain('secret.txt')
    for (const path of ['link/written.txt', 'file-link']) {
      await ask(server.url, 'PUT', `/runs/${id}/artifacts/${path}`, Buffer.from('written'))
      await ask(server.url, 'DELETE', `/runs/${id}/artifacts/${path}`)
    }
    await ask(server.url, 'DELETE', `/runs/${id}/artifacts/link`)
    expect(await readdir(join(folder, 'outside'))).toEqual(['secret.txt'])
    expect(await readFile(join(folder, 'outside', 'secret.txt'), 'utf8')).toBe(secret)
    await server.stop()
  })
})

async function experimentOf(server: string): Promise<string> {
  const made = await must<{ experiment_id: string }>(server, 'POST', '//api/2.0/mlflow/experiments/create', {
    name: 'linked',
  })
  return made.experiment_id
}

describe('a version of data', () => {
  const digest = createHash('sha256').update('x').digest('hex')
  it.each([
    { path: '../x', digest: `sha256:${digest}`, sizeBytes: 1 },
    { path: 'a/../../x', digest: `sha256:${digest}`, sizeBytes: 1 },
    { path: '/x', digest: `sha256:${digest}`, sizeBytes: 1 },
    { path: 'a\\..\\..\\x', digest: `sha256:${digest}`, sizeBytes: 1 },
    { path: 'l', link: '../../x' },
    { path: 'l', link: '/etc/passwd' },
  ])('names no place outside itself: %j', async (entry) => {
    const manifest = `${JSON.stringify({ version: 'v-out', asFiles: true })}\n${JSON.stringify(entry)}\n`
    const type = { 'content-type': 'application/x-ndjson' }
    expect(refusal(await send('POST', '/datasets/d/manifests', manifest, type))).toBe(400)
  })
})

describe('bytes that unpack to far more than they are', () => {
  const huge = Buffer.alloc(1 << 30)

  it('are refused before they fill the memory: spans in gzip, chunks in zstd, JSON that calls itself gzip', async () => {
    const before = memoryMib(here.server?.pid ?? 0)
    const packed = gzipSync(huge)
    for (const type of ['application/x-protobuf', 'application/json']) {
      const answer = await send('POST', '//v1/traces', packed, {
        'content-type': type,
        'content-encoding': 'gzip',
        'x-mlflow-experiment-id': '0',
      })
      expect(answer.status).toBeGreaterThanOrEqual(400)
      expect(answer.status).toBeLessThan(500)
    }
    for (const sizeBytes of [1000, 4 << 20])
      expect(refusal(await send('POST', '/datasets/d/chunks', zstdFrame(sizeBytes)))).toBe(400)
    const json = await send('POST', '/runs', packed, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
    expect(json.status).toBeGreaterThanOrEqual(400)
    expect(json.status).toBeLessThan(500)
    expect(memoryMib(here.server?.pid ?? 0) - before).toBeLessThan(400)
    expect(await send('GET', '//health')).toMatchObject({ status: 200 })
  }, 60_000)

  /** A chunk that says it has so many bytes, and unpacks to a gibibyte. */
  function zstdFrame(sizeBytes: number): Buffer {
    const body = zstdCompressSync(huge)
    const head = Buffer.alloc(16)
    head.write('MRC1')
    head.writeUInt8(1, 4)
    head.writeUInt32BE(sizeBytes, 8)
    head.writeUInt32BE(body.byteLength, 12)
    return Buffer.concat([head, createHash('sha256').update('x').digest(), body])
  }
})

describe('a disk that is full in the middle of an upload', () => {
  it('refuses it with a sentence, leaves nothing of it, and takes the next one when there is room', async () => {
    const mounts = process.env['MILLRACE_TEST_WITHOUT_MOUNT'] === undefined && (await canMount(folder))
    const disk: SmallDisk = await (mounts
      ? mountSmallDisk(join(folder, 'disk'), 40)
      : limitedDisk(join(folder, 'disk')))
    cleanUp.push(() => disk.remove())
    const server = await startServer(join(disk.path, 'data'))
    const { id } = await must<{ id: string }>(server.url, 'POST', '/runs', { experiment: 'full' })
    await must(server.url, 'PUT', '/datasets/full', {})
    await must(server.url, 'PUT', `/runs/${id}/artifacts/first.txt`, Buffer.from('first'))
    if (!mounts) await disk.fill(server.pid)
    const large = Buffer.alloc(60 << 20, 'x')
    for (const [method, path] of [
      ['PUT', `/runs/${id}/artifacts/large.bin`],
      ['PUT', `//api/2.0/mlflow-artifacts/artifacts/1/${id}/artifacts/large.bin`],
      ['POST', '/datasets/full/uploads?path=large.csv'],
    ] as const) {
      const refused = await ask(server.url, method, path, large)
      expect([path, refused.status, refused.text.slice(0, 300)]).toEqual([
        path,
        expect.toSatisfy((status: number) => status === 507 || status === 503) as unknown,
        expect.stringMatching(/room|free|full|later/) as unknown,
      ])
    }
    if (!mounts) await disk.free(server.pid)
    expect((await ask(server.url, 'GET', `/runs/${id}/artifacts/large.bin`)).status).toBe(404)
    expect(await ask(server.url, 'GET', `/runs/${id}/artifacts/first.txt`)).toMatchObject({
      status: 200,
      text: 'first',
    })
    const again = () => ask(server.url, 'PUT', `/runs/${id}/artifacts/next.bin`, large.subarray(0, 10 << 20))
    await expect.poll(async () => (await again()).status, { timeout: 10_000 }).toBe(200)
    expect(existsSync(join(disk.path, 'data'))).toBe(true)
    await server.stop()
  }, 60_000)
})
