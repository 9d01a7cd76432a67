import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { ServerProcess } from '../journeys/server-process.ts'
import { endServers, startServer } from '../journeys/server-process.ts'
import { startS3 } from './store-servers.ts'

const folder = await mkdtemp(join(tmpdir(), 'millrace-resumed-'))
const partBytes = 8 * 1024 * 1024
const content = randomBytes(2 * partBytes + 1000)
const sha256 = (bytes: Uint8Array, form: 'hex' | 'base64' = 'hex') => createHash('sha256').update(bytes).digest(form)
const digest = `sha256:${sha256(content)}`

process.env['AWS_ACCESS_KEY_ID'] = 'millrace'
process.env['AWS_SECRET_ACCESS_KEY'] = 'millrace-secret'
const s3 = await startS3({ access: 'millrace', secret: 'millrace-secret' })

afterAll(async () => {
  await endServers()
  await s3.stop()
  await rm(folder, { recursive: true, force: true })
})

interface Begun {
  readonly id: string
  readonly offset: number
  readonly direct: boolean
}

async function ask<T>(server: ServerProcess, method: string, path: string, body?: object): Promise<T> {
  const answer = await fetch(`${server.url}/api/millrace/v1/w/default${path}`, {
    method,
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  })
  return (await answer.json()) as T // what the test then expects of it
}

const partAt = (offset: number, of: Buffer = content) => new Uint8Array(of.subarray(offset, offset + partBytes))

async function send(server: ServerProcess, uploads: string, id: string, offset: number): Promise<Begun> {
  const bytes = partAt(offset)
  const headers = { 'upload-offset': String(offset), 'content-digest': `sha-256=:${sha256(bytes, 'base64')}:` }
  const answer = await fetch(`${server.url}/api/millrace/v1/w/default${uploads}/${id}`, {
    method: 'PATCH',
    headers: { ...headers, 'content-type': 'application/octet-stream' },
    body: bytes,
  })
  return (await answer.json()) as Begun // what the test then expects of it
}

describe('an upload into a bucket', () => {
  const flags = ['--artifacts-destination', `s3://bucket/artifacts?endpoint=${s3.url}&region=us-east-1`]
  const dataDir = join(folder, 's3')
  const start = async () => {
    const server = await startServer(dataDir, { flags })
    const { id } = await ask<{ id: string }>(server, 'POST', '/runs', { experiment: 'buckets' })
    return { server, id, run: `/runs/${id}` }
  }
  const stored = async (server: ServerProcess, run: string, path: string) =>
    sha256(
      new Uint8Array(
        await (await fetch(`${server.url}/api/millrace/v1/w/default${run}/artifacts/${path}`)).arrayBuffer(),
      ),
    )

  it('goes on after a kill -9 of the server', async () => {
    const first = await start()
    const wish = { path: 'm.bin', sizeBytes: content.byteLength, digest }
    const begun = await ask<Begun>(first.server, 'POST', `${first.run}/uploads`, wish)
    expect(await send(first.server, `${first.run}/uploads`, begun.id, 0)).toMatchObject({ offset: partBytes })
    await first.server.kill()
    const server = await startServer(dataDir, { flags })
    const again = await ask<Begun>(server, 'POST', `${first.run}/uploads`, wish)
    expect(again).toMatchObject({ id: begun.id, offset: partBytes })
    for (const offset of [partBytes, 2 * partBytes]) await send(server, `${first.run}/uploads`, begun.id, offset)
    const complete = `${first.run}/uploads/${begun.id}/complete`
    expect(await ask(server, 'POST', complete, { digest })).toEqual(wish)
    expect(await stored(server, first.run, 'm.bin')).toBe(digest.slice(7))
    await server.stop()
  })

  it('goes to the bucket itself where the client asks for that, and is deleted when it is another file', async () => {
    const { server, run } = await start()
    const direct = async (path: string, sent: Buffer) => {
      const wish = { path, sizeBytes: content.byteLength, digest, direct: true }
      const { id, direct: isDirect } = await ask<Begun>(server, 'POST', `${run}/uploads`, wish)
      expect(isDirect).toBe(true)
      const { items } = await ask<{ items: { number: number; url: string; headers: Record<string, string> }[] }>(
        server,
        'GET',
        `${run}/uploads/${id}/addresses`,
      )
      expect(items.map(({ number }) => number)).toEqual([1, 2, 3])
      const parts: { number: number; etag: string }[] = []
      for (const { number, url, headers } of items) {
        expect(url).toContain(s3.url)
        const put = await fetch(url, { method: 'PUT', headers, body: partAt((number - 1) * partBytes, sent) })
        parts.push({ number, etag: put.headers.get('etag') ?? '' })
      }
      return ask(server, 'POST', `${run}/uploads/${id}/complete`, { digest, parts })
    }
    expect(await direct('direct.bin', content)).toMatchObject({ path: 'direct.bin', digest })
    const address = await ask<{ url: string; direct: boolean }>(
      server,
      'GET',
      `${run}/artifact-address?path=direct.bin`,
    )
    expect(address.direct).toBe(true)
    const down = new Uint8Array(await (await fetch(address.url)).arrayBuffer())
    expect(`sha256:${sha256(down)}`).toBe(digest)
    const other = await direct('other.bin', randomBytes(content.byteLength))
    expect(other).toMatchObject({ status: 422, code: 'experiment-tracking/wrong-digest' })
    const gone = await fetch(`${server.url}/api/millrace/v1/w/default${run}/artifacts/other.bin`)
    expect(gone.status).toBe(404)
    await server.stop()
  })
})
