import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import { canMount, limitedDisk, mountSmallDisk } from '../journeys/machine.ts'
import type { ServerProcess } from '../journeys/server-process.ts'
import { endServers, startServer } from '../journeys/server-process.ts'
import { startS3 } from './store-servers.ts'

const folder = await mkdtemp(join(tmpdir(), 'millrace-uploads-'))
const mounts = await canMount(folder)
const cleanUp: (() => Promise<unknown>)[] = []

process.env['AWS_ACCESS_KEY_ID'] = 'millrace'
process.env['AWS_SECRET_ACCESS_KEY'] = 'millrace-secret'

afterAll(async () => {
  await endServers()
  for (const step of cleanUp) await step()
  await rm(folder, { recursive: true, force: true })
})

describe('an upload', () => {
  it('that a kill -9 cuts leaves nothing to see, nothing that stays, and the old file whole', async () => {
    const dataDir = join(folder, 'killed')
    let server = await startServer(dataDir)
    const path = await aPath(server)
    await put(server, path, Buffer.from('old'))
    for (let round = 0; round < 5; round += 1) {
      const socket = await begin(server, path, 200 << 20)
      for (let sent = 0; sent < 20; sent += 1) await write(socket, Buffer.alloc(1 << 20))
      await wait(20 * round)
      await server.kill()
      server = await startServer(dataDir)
      expect(await (await fetch(server.url + path)).text()).toBe('old')
      expect(await readdir(join(dataDir, 'artifacts/.incoming'))).toEqual([])
    }
    await server.stop()
  })

  it('whose client leaves is forgotten', async () => {
    const dataDir = join(folder, 'left')
    const server = await startServer(dataDir)
    const path = await aPath(server)
    const socket = await begin(server, path, 100 << 20)
    await write(socket, Buffer.alloc(5 << 20))
    socket.destroy()
    await until(async () => (await readdir(join(dataDir, 'artifacts/.incoming'))).length === 0)
    expect((await fetch(server.url + path)).status).toBe(404)
    await server.stop()
  })

  it('may take longer than a request may, as long as something of it comes', async () => {
    const server = await startServer(join(folder, 'slow'), { flags: ['--request-timeout-ms', '1000'] })
    const path = await aPath(server)
    const socket = await begin(server, path, 10)
    for (let sent = 0; sent < 10; sent += 1) {
      await write(socket, Buffer.from(String(sent)))
      await wait(400)
    }
    const [answer] = (await once(socket, 'data')) as [Buffer] // a socket without an encoding yields bytes
    expect(answer.toString()).toMatch(/^HTTP\/1.1 200/)
    expect(await (await fetch(server.url + path)).text()).toBe('0123456789')
    const json = await begin(server, '/api/2.0/mlflow/runs/create', 10, 'POST')
    await once(json, 'close')
    await server.stop()
  })

  it('that does not fit on the disk is refused with a sentence, leaves nothing, and works when there is room', async () => {
    const disk = mounts ? await mountSmallDisk(join(folder, 'small'), 100) : await limitedDisk(join(folder, 'small'))
    cleanUp.push(() => disk.remove())
    const server = await startServer(join(disk.path, 'data'))
    const path = await aPath(server)
    await disk.fill(server.pid)
    const refused = await fetch(server.url + path, { method: 'PUT', body: new Uint8Array(20 << 20) })
    expect(refused.status).toBe(503)
    expect(await refused.json()).toMatchObject({ error_code: 'TEMPORARILY_UNAVAILABLE' })
    expect(await readdir(join(disk.path, 'data/artifacts/.incoming'))).toEqual([])
    await disk.free(server.pid)
    await put(server, path, Buffer.alloc(1 << 20))
    expect((await fetch(server.url + path)).headers.get('content-length')).toBe(String(1 << 20))
    await server.stop()
  })
})

describe('a bucket that clients write themselves', () => {
  it('is listed and read, and its addresses are signed', async () => {
    const store = await startS3({ access: 'millrace', secret: 'millrace-secret' })
    cleanUp.push(() => store.stop())
    process.env['MLFLOW_S3_ENDPOINT_URL'] = store.url
    const server = await startServer(join(folder, 'direct'))
    const { experiment_id: experiment } = await ask<{ experiment_id: string }>(server, 'experiments/create', {
      name: 'direct',
      artifact_location: 's3://bucket/direct',
    })
    const { run } = await ask<{ run: { info: { run_id: string } } }>(server, 'runs/create', {
      experiment_id: experiment,
    })
    const at = { run_id: run.info.run_id, path: 'm/x.bin' }
    const up = await ask<Signed>(server, 'artifacts/presigned-upload-url', at)
    expect((await fetch(up.presigned_url, { method: 'PUT', headers: up.headers ?? {}, body: 'direct' })).ok).toBe(true)
    const list = await fetch(`${server.url}/api/2.0/mlflow/artifacts/list?run_id=${at.run_id}&path=m`)
    expect(await list.json()).toMatchObject({ files: [{ path: 'm/x.bin', is_dir: false, file_size: 6 }] })
    const down = await ask<Signed>(server, 'artifacts/presigned-download-url', at)
    expect(down.file_size).toBe(6)
    expect(await (await fetch(down.presigned_url)).text()).toBe('direct')
    const read = await fetch(`${server.url}/get-artifact?run_id=${at.run_id}&path=m/x.bin`, {
      headers: { range: 'bytes=1-2' },
    })
    expect([read.status, await read.text()]).toEqual([206, 'ir'])
    await server.stop()
  })
})

interface Signed {
  readonly presigned_url: string
  readonly headers?: Record<string, string>
  readonly file_size?: number
}

async function ask<T>(server: ServerProcess, path: string, body: object): Promise<T> {
  const answer = await fetch(`${server.url}/api/2.0/mlflow/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`)
  return JSON.parse(text) as T // as MLflow's REST API answers
}

/** The proxy's path of an artifact of a new run. */
async function aPath(server: ServerProcess): Promise<string> {
  const { run } = await ask<{ run: { info: { run_id: string } } }>(server, 'runs/create', { experiment_id: '0' })
  return `/api/2.0/mlflow-artifacts/artifacts/0/${run.info.run_id}/artifacts/file.bin`
}

async function put(server: ServerProcess, path: string, bytes: Buffer): Promise<void> {
  const answer = await fetch(server.url + path, { method: 'PUT', body: new Uint8Array(bytes) })
  expect(answer.status).toBe(200)
}

async function begin(server: ServerProcess, path: string, sizeBytes: number, method = 'PUT') {
  const { hostname, port, host } = new URL(server.url)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  const type = 'Content-Type: application/json\r\n'
  socket.write(`${method} ${path} HTTP/1.1\r\nHost: ${host}\r\n${type}Content-Length: ${sizeBytes}\r\n\r\n`)
  return socket
}

async function write(socket: ReturnType<typeof connect>, bytes: Buffer): Promise<void> {
  await new Promise((resolve) => socket.write(bytes, resolve))
}

async function until(done: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    if (await done()) return
    await wait(50)
  }
  throw new Error('It did not happen within five seconds.')
}
