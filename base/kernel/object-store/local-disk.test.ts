import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer, text } from 'node:stream/consumers'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { openLocalDisk } from './local-disk.ts'

const bytes = (value: string) => new TextEncoder().encode(value)

async function keys(list: AsyncIterable<{ key: string }>): Promise<string[]> {
  const found: string[] = []
  for await (const { key } of list) found.push(key)
  return found
}

describe('the local object store', () => {
  it('gives back what was stored, whole or by range', async () => {
    const store = await openLocalDisk(await temporaryFolder())
    const stored = await store.put('runs/1/model.onnx', Readable.from([bytes('hello '), bytes('world')]))
    expect(stored).toEqual({
      key: 'runs/1/model.onnx',
      sizeBytes: 11,
      digest: 'sha256:b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9',
    })
    expect(await text(await store.get('runs/1/model.onnx'))).toBe('hello world')
    expect(await text(await store.get('runs/1/model.onnx', { start: 6, end: 100 }))).toBe('world')
    await expect(store.get('runs/1/model.onnx', { start: 11 })).rejects.toMatchObject({ status: 416 })
    await expect(store.get('runs/1/none')).rejects.toMatchObject({ status: 404 })
  })
  it('stores the same content once', async () => {
    const store = await openLocalDisk(await temporaryFolder())
    const first = await store.putContent('datasets', bytes('abc'))
    expect(await store.putContent('datasets', bytes('abc'))).toEqual(first)
    expect(await keys(store.list('datasets'))).toEqual([first.key])
  })
  it('shows nothing of an upload that broke off', async () => {
    const store = await openLocalDisk(await temporaryFolder())
    const broken = Readable.from(
      (async function* () {
        yield bytes('half')
        throw new Error('the client left')
      })(),
    )
    await expect(store.put('a/b', broken)).rejects.toThrow('the client left')
    expect(await store.stat('a/b')).toBeUndefined()
    expect(await keys(store.list(''))).toEqual([])
  })
  it('refuses every path that could leave the store', async () => {
    const root = await temporaryFolder()
    const store = await openLocalDisk(join(root, 'store'))
    await writeFile(join(root, 'secret'), 'secret')
    for (const key of [
      '../secret',
      '/etc/passwd',
      'a/../../secret',
      'a//b',
      '',
      '.',
      'a/./b',
      'a\\..\\b',
      'a\u0000b',
      'x'.repeat(2000),
    ]) {
      await expect(store.put(key, bytes('x'))).rejects.toMatchObject({ code: 'objects/bad-key' })
      await expect(async () => store.get(key)).rejects.toMatchObject({ code: 'objects/bad-key' })
    }
    await mkdir(join(root, 'outside'))
    await symlink(join(root, 'outside'), join(root, 'store', 'link'))
    await expect(store.put('link/x', bytes('x'))).rejects.toMatchObject({ code: 'objects/bad-key' })
    await symlink(join(root, 'secret'), join(root, 'store', 'leak'))
    await expect(store.get('leak')).rejects.toMatchObject({ status: 404 })
    expect(await readFile(join(root, 'secret'), 'utf8')).toBe('secret')
  })
  it('lists one level with folders, or everything below', async () => {
    const store = await openLocalDisk(await temporaryFolder())
    for (const key of ['a/1', 'a/b/2', 'c']) await store.put(key, bytes(key))
    expect(await keys(store.list('', { recursive: false }))).toEqual(['a/', 'c'])
    expect(await keys(store.list('a'))).toEqual(['a/1', 'a/b/2'])
    await store.delete('a/b/2')
    expect(await keys(store.list('a'))).toEqual(['a/1'])
  })
  it('keeps any bytes as they are', async () => {
    const store = await openLocalDisk(await temporaryFolder())
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 5000 }), async (content) => {
        await store.put('any', content)
        expect(new Uint8Array(await buffer(await store.get('any')))).toEqual(content)
      }),
      { numRuns: 30 },
    )
  })
})
