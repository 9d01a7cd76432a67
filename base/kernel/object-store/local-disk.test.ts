import { mkdir, readdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { describeObjectStore } from '../testing/object-store-suite.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { openLocalDisk, readLocalDisk } from './local-disk.ts'
import { mountStore } from './mounted-stores.ts'
import type { ObjectStore, ResumableUploads } from './object-store.ts'

const bytes = (value: string) => new TextEncoder().encode(value)

function uploadsOf({ resumable }: ObjectStore): ResumableUploads {
  if (resumable === undefined) throw new Error('The store takes no uploads that go on.')
  return resumable
}

describeObjectStore('a folder of this machine', {
  open: async () => openLocalDisk(await temporaryFolder()),
  largeBytes: 70_000_000,
  direct: 'none',
})

describeObjectStore('a store mounted in another', {
  open: async () => {
    const mounted = await openLocalDisk(await temporaryFolder())
    return mountStore(await openLocalDisk(await temporaryFolder()), 'runs', mounted)
  },
  largeBytes: 5_000_000,
  direct: 'none',
})

describe('the local object store', () => {
  it('follows no link out of its folder', async () => {
    const root = await temporaryFolder()
    const store = await openLocalDisk(join(root, 'store'))
    await writeFile(join(root, 'secret'), 'secret')
    await mkdir(join(root, 'outside'))
    await symlink(join(root, 'outside'), join(root, 'store', 'link'))
    await expect(store.put('link/x', bytes('x'))).rejects.toMatchObject({ code: 'objects/bad-key' })
    await symlink(join(root, 'secret'), join(root, 'store', 'leak'))
    await expect(store.get('leak')).rejects.toMatchObject({ status: 404 })
    expect(await Array.fromAsync(store.list(''))).toEqual([])
    expect(await readFile(join(root, 'secret'), 'utf8')).toBe('secret')
  })
  it('says that a file is in the way of a folder, and a folder in that of a file', async () => {
    const store = await openLocalDisk(await temporaryFolder())
    await store.put('a', bytes('x'))
    await store.put('b/c', bytes('x'))
    await expect(store.put('a/b', bytes('x'))).rejects.toMatchObject({ code: 'objects/folder-in-the-way' })
    await expect(store.put('b', bytes('x'))).rejects.toMatchObject({ code: 'objects/folder-in-the-way' })
    await expect(store.put('.incoming/x', bytes('x'))).rejects.toMatchObject({ code: 'objects/bad-key' })
  })
  it('goes on with an upload after a restart, and sweeps one that nobody touched for a day', async () => {
    const root = await temporaryFolder()
    const before = uploadsOf(await openLocalDisk(root))
    const [kept, old] = [await before.begin('kept'), await before.begin('old')]
    await before.putPart(kept, { number: 1, offset: 0 }, bytes('one '))
    const twoDaysAgo = new Date(Date.now() - 2 * 86_400_000)
    const { name } = JSON.parse(old) as { name: string } // what `begin` keeps
    await utimes(join(root, '.incoming', name), twoDaysAgo, twoDaysAgo)
    const uploads = uploadsOf(await openLocalDisk(root))
    const part = { number: 2, offset: 4 }
    await expect(uploads.putPart(old, part, bytes('two'))).rejects.toMatchObject({ code: 'objects/not-found' })
    await uploads.putPart(kept, part, bytes('two, and what a part left that broke off'))
    await uploads.finish(kept, [], 7)
    expect(await readFile(join(root, 'kept'), 'utf8')).toBe('one two')
    expect(await readdir(join(root, '.incoming'))).toEqual([])
  })
  it('sweeps what a crash left, but nothing that another process is writing', async () => {
    const root = await temporaryFolder()
    await openLocalDisk(root)
    for (const name of ['old', 'young']) await writeFile(join(root, '.incoming', name), 'half')
    const longAgo = new Date(Date.now() - 7_200_000)
    await utimes(join(root, '.incoming', 'old'), longAgo, longAgo)
    await openLocalDisk(root, { exclusive: false })
    expect(await readdir(join(root, '.incoming'))).toEqual(['young'])
    await openLocalDisk(root)
    expect(await readdir(join(root, '.incoming'))).toEqual([])
  })
  it('says that the disk is full, and leaves nothing', async () => {
    const root = await temporaryFolder()
    const store = await openLocalDisk(root)
    // /dev/full refuses every byte, as a full disk does.
    await expect(writeToFullDisk()).rejects.toMatchObject({ code: 'storage/full' })
    expect(await Array.fromAsync(store.list(''))).toEqual([])
  })
  it('only reads where others write', async () => {
    const root = await temporaryFolder()
    await writeFile(join(root, 'x'), 'theirs')
    const store = readLocalDisk(root)
    expect(await readFile(await store.localPath('x'), 'utf8')).toBe('theirs')
    await expect(store.put('y', bytes('ours'))).rejects.toMatchObject({ code: 'objects/read-only' })
    expect(await readdir(root)).toEqual(['x'])
  })
})

async function writeToFullDisk(): Promise<void> {
  const { open } = await import('node:fs/promises')
  const { writeProblem } = await import('./durable-files.ts')
  const full = await open('/dev/full', 'w')
  try {
    await full.writeFile('x')
  } catch (error) {
    throw writeProblem(error)
  } finally {
    await full.close()
  }
}
