import { randomBytes } from 'node:crypto'
import { fastify } from 'fastify'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openLocalDisk } from '../object-store/local-disk.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { asProblem } from './answer-problem.ts'
import { contentDispositionOf, sendObject } from './send-object.ts'

async function aServer() {
  const store = await openLocalDisk(await temporaryFolder())
  const content = randomBytes(1_000_000)
  await store.put('file.bin', content)
  await store.put('empty.bin', new Uint8Array(0))
  const app = fastify()
  app.setErrorHandler((error, request, reply) => {
    const { status, code } = asProblem(error, request, { config: { bodyLimitMb: 1 } } as never) // only limits are read
    return reply.code(status).send({ code })
  })
  app.get('/:name', async (request, reply) => {
    const { name } = request.params as { name: string } // the route's own pattern
    return sendObject(request, reply, { path: name, digest: 'sha256:abc' }, await store.open(name))
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  onTestFinished(() => app.close())
  const address = app.server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
  const ask = async (headers: Record<string, string>, method = 'GET', name = 'file.bin') => {
    const answer = await fetch(`${url}/${name}`, { headers, method })
    return { status: answer.status, headers: answer.headers, bytes: Buffer.from(await answer.arrayBuffer()) }
  }
  return { ask, content }
}

describe('a download', () => {
  it('comes whole, by range, or as its headers alone', async () => {
    const { ask, content } = await aServer()
    const whole = await ask({})
    expect([whole.status, whole.bytes.equals(content)]).toEqual([200, true])
    expect(whole.headers.get('content-disposition')).toBe('attachment; filename=file.bin')
    const head = await ask({}, 'HEAD')
    expect([head.status, head.headers.get('content-length'), head.bytes.byteLength]).toEqual([200, '1000000', 0])
    const cases: [string, number, Buffer | undefined][] = [
      ['bytes=10-19', 206, content.subarray(10, 20)],
      ['bytes=999990-', 206, content.subarray(999_990)],
      ['bytes=-5', 206, content.subarray(999_995)],
      ['bytes=0-99999999', 206, content],
      ['bytes=1-2,5-6', 200, content],
      ['bytes=1000000-', 416, undefined],
      ['bytes=5-4', 416, undefined],
    ]
    for (const [range, status, bytes] of cases) {
      const answer = await ask({ range })
      expect([range, answer.status]).toEqual([range, status])
      expect([range, bytes === undefined || answer.bytes.equals(bytes)]).toEqual([range, true])
    }
    const empty = await ask({}, 'GET', 'empty.bin')
    expect([empty.status, empty.headers.get('content-length')]).toEqual([200, '0'])
  })
  it('is not sent again to who has it, and goes on only with what it was', async () => {
    const { ask } = await aServer()
    const tag = '"sha256:abc"'
    expect((await ask({ 'if-none-match': tag })).status).toBe(304)
    expect((await ask({ 'if-none-match': `"other", W/${tag}` })).status).toBe(304)
    expect((await ask({ 'if-none-match': '"other"' })).status).toBe(200)
    expect((await ask({ range: 'bytes=0-0', 'if-range': tag })).status).toBe(206)
    expect((await ask({ range: 'bytes=0-0', 'if-range': '"other"' })).status).toBe(200)
  })
  it.each([
    ['a/plain.txt', 'attachment; filename=plain.txt'],
    ['with space.txt', 'attachment; filename="with space.txt"'],
    ['quote".txt', 'attachment; filename="quote\\".txt"'],
    ['日本語.txt', "attachment; filename=.txt; filename*=UTF-8''%E6%97%A5%E6%9C%AC%E8%AA%9E.txt"],
    ['line\r\nbreak', "attachment; filename=linebreak; filename*=UTF-8''line%0D%0Abreak"],
  ])('is named %s safely', (path, disposition) => {
    expect(contentDispositionOf(path)).toBe(disposition)
  })
})
