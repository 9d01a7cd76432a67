import { createHash, randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { buffer, text } from 'node:stream/consumers'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ObjectStore } from '../object-store/object-store.ts'

export interface ObjectStoreSuite {
  /** A store that the suite may fill; each call may give the same place under another prefix. */
  readonly open: () => Promise<ObjectStore>
  /** Size of the large object, in bytes: more than one part where the store has parts. */
  readonly largeBytes: number
  /** Whether clients can send bytes to the store themselves. */
  readonly direct: 'none' | 'whole' | 'in-parts'
}

const bytes = (value: string) => new TextEncoder().encode(value)
const sha256 = (content: Uint8Array) => `sha256:${createHash('sha256').update(content).digest('hex')}`

async function keys(list: AsyncIterable<{ key: string }>): Promise<string[]> {
  const found: string[] = []
  for await (const { key } of list) found.push(key)
  return found
}

/** What every object store must do: the same tests for a folder and for every remote store. */
export function describeObjectStore(name: string, suite: ObjectStoreSuite): void {
  describe(`${name} as an object store`, () => {
    describeContent(suite)
    describeWriters(suite)
    describeNames(suite)
    describeResumableUploads(suite)
    if (suite.direct !== 'none') describeDirectTransfers(suite)
  })
}

function describeContent({ open, largeBytes }: ObjectStoreSuite): void {
  it('gives back what was stored, whole or by range, with its digest', async () => {
    const store = await open()
    const stored = await store.put('runs/1/model.onnx', Readable.from([bytes('hello '), bytes('world')]))
    expect(stored).toEqual({ key: 'runs/1/model.onnx', sizeBytes: 11, digest: sha256(bytes('hello world')) })
    expect(await text(await store.get('runs/1/model.onnx'))).toBe('hello world')
    expect(await text(await store.get('runs/1/model.onnx', { start: 6, end: 100 }))).toBe('world')
    expect(await store.stat('runs/1/model.onnx')).toMatchObject({ key: 'runs/1/model.onnx', sizeBytes: 11 })
    expect(await readFile(await store.localPath('runs/1/model.onnx'), 'utf8')).toBe('hello world')
    await expect(store.get('runs/1/model.onnx', { start: 11 })).rejects.toMatchObject({ status: 416 })
    await expect(store.get('runs/1/none')).rejects.toMatchObject({ code: 'objects/not-found' })
    expect(await store.stat('runs/1')).toBeUndefined()
  })
  it('keeps any bytes as they are, none included', async () => {
    const store = await open()
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 5000 }), async (content) => {
        await store.put('any', content)
        expect(new Uint8Array(await buffer(await store.get('any')))).toEqual(content)
      }),
      { numRuns: 20, examples: [[new Uint8Array(0)]] },
    )
  })
  it('takes a large object as it comes, and gives it back in pieces', async () => {
    const store = await open()
    const chunk = randomBytes(1 << 20)
    const hash = createHash('sha256')
    const body = Readable.from(
      (function* () {
        for (let left = largeBytes; left > 0; left -= chunk.byteLength) {
          const part = chunk.subarray(0, Math.min(left, chunk.byteLength))
          hash.update(part)
          yield part
        }
      })(),
    )
    const stored = await store.put('large.bin', body)
    expect(stored).toEqual({ key: 'large.bin', sizeBytes: largeBytes, digest: `sha256:${hash.digest('hex')}` })
    const read = createHash('sha256')
    for await (const piece of await store.get('large.bin')) read.update(piece as Uint8Array) // streams yield bytes
    expect(`sha256:${read.digest('hex')}`).toBe(stored.digest)
    const start = largeBytes - 3_000_000
    const middle = await buffer(await store.get('large.bin', { start, end: start + 99 }))
    const at = start % chunk.byteLength
    expect(middle).toEqual(Buffer.concat([chunk, chunk]).subarray(at, at + 100))
  })
  it('stores the same content once', async () => {
    const store = await open()
    const first = await store.putContent('datasets', Readable.from([bytes('abc')]))
    expect(first.key).toBe(`datasets/ba/${sha256(bytes('abc')).slice(7)}`)
    expect(await store.putContent('datasets', bytes('abc'))).toEqual(first)
    expect(await keys(store.list('datasets'))).toEqual([first.key])
  })
}

function describeWriters({ open }: ObjectStoreSuite): void {
  it('shows staged bytes only when they are published, and none when they are discarded', async () => {
    const store = await open()
    await store.put('a/model', bytes('old'))
    const staged = await store.stage('a/model', Readable.from([bytes('new')]))
    expect(staged).toMatchObject({ sizeBytes: 3, digest: sha256(bytes('new')) })
    expect(await text(await store.get('a/model'))).toBe('old')
    const opened = await store.open('a/model')
    await opened.close()
    await staged.publish()
    expect(await text(await store.get('a/model'))).toBe('new')
    await (await store.stage('a/other', bytes('x'))).discard()
    expect(await keys(store.list(''))).toEqual(['a/model'])
  })
  it('shows nothing of an upload that broke off', async () => {
    const store = await open()
    const broken = Readable.from(
      (async function* () {
        yield bytes('half')
        yield randomBytes(9 << 20)
        throw new Error('the client left')
      })(),
    )
    await expect(store.put('a/b', broken)).rejects.toThrow('the client left')
    expect(await store.stat('a/b')).toBeUndefined()
    expect(await keys(store.list(''))).toEqual([])
  })
  it('ends with the whole bytes of one of several writers of a key', async () => {
    const store = await open()
    const contents = Array.from({ length: 6 }, (_, index) => bytes(String(index).repeat(70_000)))
    const ends = await Promise.allSettled(contents.map((content) => store.put('raced', Readable.from([content]))))
    const refused = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as { status: number }] : []))
    expect(refused.map(({ status }) => status)).toEqual(refused.map(() => 503))
    expect(ends.some((end) => end.status === 'fulfilled')).toBe(true)
    const found = await buffer(await store.get('raced'))
    expect(contents.map(sha256)).toContain(sha256(found))
  })
  it('deletes, and minds nothing that is not there', async () => {
    const store = await open()
    await store.put('a/b/c', bytes('x'))
    await store.delete('a/b/c')
    await store.delete('a/b/c')
    expect(await keys(store.list(''))).toEqual([])
    expect(await store.stat('a/b/c')).toBeUndefined()
  })
}

function describeNames({ open }: ObjectStoreSuite): void {
  it('lists one level with folders, or everything below, in order', async () => {
    const store = await open()
    for (const key of ['a/1', 'a/b/2', 'a-1', 'ab/3', 'c']) await store.put(key, bytes(key))
    expect(await keys(store.list('', { recursive: false }))).toEqual(['a-1', 'a/', 'ab/', 'c'])
    expect(await keys(store.list('a', { recursive: false }))).toEqual(['a/1', 'a/b/'])
    expect(await keys(store.list('a'))).toEqual(['a/1', 'a/b/2'])
    expect(await keys(store.list('none'))).toEqual([])
  })
  it('keeps names as they are', async () => {
    const store = await open()
    const names = ['a b+c%20d.txt', 'é/日本語.bin', 'q?x=1&y', "it's (1).json", '~tilde', `${'n'.repeat(200)}/x`]
    for (const name of names) await store.put(`names/${name}`, bytes(name))
    for (const name of names) expect(await text(await store.get(`names/${name}`))).toBe(name)
    const found = await keys(store.list('names'))
    expect(new Set(found)).toEqual(new Set(names.map((name) => `names/${name}`)))
  })
  it('refuses every key that could leave the store', async () => {
    const store = await open()
    const bad = ['../x', '/etc/x', 'a/../../x', 'a//b', '', '.', 'a/./b', 'a\\..\\b', 'a\u0000b', 'x'.repeat(2000)]
    for (const key of bad) {
      await expect(async () => store.put(key, bytes('x'))).rejects.toMatchObject({ code: 'objects/bad-key' })
      await expect(async () => store.get(key)).rejects.toMatchObject({ code: 'objects/bad-key' })
      await expect(async () => store.delete(key)).rejects.toMatchObject({ code: 'objects/bad-key' })
    }
  })
}

function describeResumableUploads({ open }: ObjectStoreSuite): void {
  it('takes an upload part by part, one of them again, and shows nothing before it is whole', async () => {
    const store = await open()
    const uploads = store.resumable
    if (uploads === undefined) throw new Error('The store takes no uploads that go on.')
    await store.put('resumed.bin', bytes('old'))
    const contents = [randomBytes(5 << 20), randomBytes(5 << 20), randomBytes(1000)]
    const upload = await uploads.begin('resumed.bin')
    const send = (number: number, content = contents[number - 1] ?? bytes('')) =>
      uploads.putPart(upload, { number, offset: (number - 1) * (5 << 20) }, content)
    await send(1, randomBytes(5 << 20))
    const parts = [await send(1), await send(2), await send(3)]
    expect(await text(await store.get('resumed.bin'))).toBe('old')
    expect(await keys(store.list(''))).toEqual(['resumed.bin'])
    const whole = Buffer.concat(contents)
    expect([undefined, sha256(whole)]).toContain(await uploads.digest?.(upload))
    await uploads.finish(upload, parts, whole.byteLength)
    expect(sha256(await buffer(await store.get('resumed.bin')))).toBe(sha256(whole))
  })
  it('forgets an upload that is given up', async () => {
    const store = await open()
    const upload = (await store.resumable?.begin('dropped.bin')) ?? ''
    await store.resumable?.putPart(upload, { number: 1, offset: 0 }, bytes('x'))
    await store.resumable?.abort(upload)
    await store.resumable?.abort(upload)
    expect(await keys(store.list(''))).toEqual([])
  })
}

function describeDirectTransfers({ open, direct }: ObjectStoreSuite): void {
  it('signs addresses by which somebody without credentials reads and writes one object', async () => {
    const store = await open()
    await store.put('down.txt', bytes('from the store'))
    const down = await store.direct?.signDownload('down.txt', 300)
    const answer = await fetch(down?.url ?? '', { headers: { ...down?.headers, range: 'bytes=5-7' } })
    expect([answer.status, await answer.text()]).toEqual([206, 'the'])
    const up = await store.direct?.signUpload('up.txt', 300)
    const put = await fetch(up?.url ?? '', { method: 'PUT', headers: { ...up?.headers }, body: 'to the store' })
    expect(put.ok).toBe(true)
    expect(await text(await store.get('up.txt'))).toBe('to the store')
  })
  if (direct !== 'in-parts') return
  it('takes an upload in parts that the client sends itself, in any order and again', async () => {
    const store = await open()
    const uploads = store.direct?.inParts
    if (uploads === undefined) throw new Error('The store has no uploads in parts.')
    const contents = [randomBytes(5 << 20), randomBytes(5 << 20), randomBytes(1000)]
    const id = await uploads.begin('parts.bin')
    const send = async (number: number) => {
      const { url, headers } = await uploads.signPart('parts.bin', id, number, 300)
      const put = await fetch(url, { method: 'PUT', headers, body: new Uint8Array(contents[number - 1] ?? []) })
      expect(put.ok).toBe(true)
      return { number, etag: put.headers.get('etag') ?? '' }
    }
    const last = await send(3)
    await send(1)
    const parts = [await send(1), await send(2), last]
    expect(await store.stat('parts.bin')).toBeUndefined()
    await uploads.complete('parts.bin', id, parts)
    expect(sha256(await buffer(await store.get('parts.bin')))).toBe(sha256(Buffer.concat(contents)))
    const dropped = await uploads.begin('dropped.bin')
    await uploads.abort('dropped.bin', dropped)
    expect(await store.stat('dropped.bin')).toBeUndefined()
  })
}
