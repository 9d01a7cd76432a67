import { createHash, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connect } from '../sdk.ts'
import { ServerProcess } from '../testing/server-process.ts'

const server = new ServerProcess()
const partBytes = 8 * 1024 * 1024
const content = randomBytes(8 * partBytes + 5 * 1024 * 1024)
const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`
const file = join(server.folder, 'large.bin')
const quiet = { systemMetricsSeconds: false, code: false } as const

beforeAll(async () => {
  await server.start()
  await writeFile(file, content)
})
afterAll(() => server.remove())

/** A connection that says what it sends in parts, and lets somebody act before each part. */
function connection(before: (part: number) => Promise<void> = async () => {}) {
  const offsets: number[] = []
  process.env['MILLRACE_SPOOL_DIR'] = join(server.folder, 'spool')
  const watched: typeof fetch = async (input, init) => {
    if (init?.method === 'PATCH' && (input instanceof Request ? input.url : input.toString()).includes('/uploads/')) {
      offsets.push(Number(new Headers(init.headers).get('upload-offset')) / partBytes)
      await before(offsets.length)
    }
    return fetch(input, init)
  }
  return { millrace: connect({ url: server.url, fetch: watched }), offsets }
}

describe('an artifact of more than 64 MiB', () => {
  it('arrives whole although the server was killed in the middle', async () => {
    const { millrace, offsets } = connection(async (part) => {
      if (part !== 4) return
      await server.kill()
      await server.start()
    })
    const run = await millrace.startRun({ experiment: 'parts', ...quiet })
    expect(await run.artifact(file)).toEqual([{ path: 'large.bin', digest, sizeBytes: content.byteLength }])
    expect(offsets).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
    const back = await millrace.runs.downloadArtifact(run.id, 'large.bin')
    const found = createHash('sha256').update(new Uint8Array(await back.arrayBuffer()))
    expect(`sha256:${found.digest('hex')}`).toBe(digest)
    await run.end()
  }, 60_000)
  it('goes on where an upload broke off', async () => {
    const leaving = new AbortController()
    const first = connection(async (part) => {
      if (part === 6 && !leaving.signal.aborted) leaving.abort(new Error('the client was killed'))
    })
    const run = await first.millrace.startRun({ experiment: 'parts', ...quiet })
    await expect(run.artifact(file, 'm.bin', { signal: leaving.signal })).rejects.toThrow('the client was killed')
    first.offsets.splice(0)
    expect(await run.artifact(file, 'm.bin')).toMatchObject([{ digest }])
    expect(first.offsets).toEqual([5, 6, 7, 8])
    await run.end()
  }, 60_000)
  it('is refused when it changed while it was sent', async () => {
    const changing = join(server.folder, 'changing.bin')
    await writeFile(changing, content)
    const { millrace } = connection(async (part) => {
      if (part === 2) await writeFile(changing, randomBytes(content.byteLength))
    })
    const run = await millrace.startRun({ experiment: 'parts', ...quiet })
    await expect(run.artifact(changing)).rejects.toMatchObject({ code: 'experiment-tracking/wrong-digest' })
    await run.end()
  }, 60_000)
})
