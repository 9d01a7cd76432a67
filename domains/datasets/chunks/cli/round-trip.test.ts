import { lstat, mkdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { onEachStore, temporaryFolder, testKernel } from '@millrace/kernel/testing'
import type { ApiClient } from '@millrace/terminal'
import { createClient } from '@millrace/terminal'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createDatasets } from '../../domain.ts'
import { noise } from '../../testing/a-chunked-version.ts'
import { flightsCsv, register } from '../../testing/a-dataset.ts'
import { checkOut } from './checkout.ts'
import { cutFile } from './cut-file.ts'
import { planCheckout } from './plan-checkout.ts'
import { scanFolder } from './scan-folder.ts'
import { findVersion, sendManifest } from './manifest-client.ts'
import { uploadFiles } from './upload-files.ts'

const figures = () => ({ readBytes: 0, sentBytes: 0, sentChunks: 0, chunks: 0 })
const options = { force: false, progress: () => undefined, nowMs: Date.now }

async function add(api: ApiClient, name: string, folder: string) {
  const done = figures()
  const entries = await uploadFiles(api, name, await scanFolder(folder), {
    known: new Map(),
    figures: done,
    moved: () => undefined,
  })
  return { version: await sendManifest(api, name, { asFiles: true }, entries), done }
}

/** A name that a file system and a version can hold: letters of many scripts, spaces, dots, quotes. */
const name = fc
  .string({
    unit: fc.constantFrom(
      'a',
      'b',
      '.',
      '-',
      '_',
      ' ',
      "'",
      '"',
      '$',
      '&',
      ';',
      '|',
      '*',
      '?',
      '<',
      '{',
      'ü',
      'ï',
      '☃',
      '日',
      '😀',
    ),
    minLength: 1,
    maxLength: 12,
  })
  .filter((text) => !/^\.+$/.test(text))
const tree = fc.dictionary(
  fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/')),
  fc.oneof(fc.nat(2000), fc.constantFrom(0, 1, 16_384, 65_536, 300_000, 9_000_000)),
  { minKeys: 1, maxKeys: 8 },
)

onEachStore((openStore) => {
  const start = async () => {
    const t = await testKernel({ database: await openStore(), domains: (runtime) => [createDatasets(runtime)] })
    const url = await t.app.listen({ port: 0, host: '127.0.0.1' })
    return { t, api: createClient({ url, workspace: 'default' }) }
  }

  describe('a folder', () => {
    it('comes back as it was, whatever it holds', { timeout: 120_000 }, async () => {
      const { api } = await start()
      const root = await temporaryFolder()
      let round = 0
      await fc.assert(
        fc.asyncProperty(tree, async (files) => {
          round += 1
          const [from, to] = [join(root, `from${round}`), join(root, `to${round}`)]
          const written = new Map<string, Buffer>()
          for (const [path, sizeBytes] of Object.entries(files)) {
            // A name that is a folder already, or below a file, is another tree's.
            const taken = [...written.keys()].some(
              (other) => `${other}/`.startsWith(`${path}/`) || `${path}/`.startsWith(`${other}/`),
            )
            if (taken) continue
            written.set(path, noise(path, sizeBytes))
            await mkdir(dirname(join(from, path)), { recursive: true })
            await writeFile(join(from, path), written.get(path) ?? '')
          }
          const { version } = await add(api, `round/${round}`, from)
          await checkOut(api, version, to, options)
          for (const [path, bytes] of written) expect((await readFile(join(to, path))).equals(bytes)).toBe(true)
          expect(await scanFolder(to)).toHaveLength(written.size)
          expect((await checkOut(api, version, to, options)).fetched).toBe(0)
          await rm(from, { recursive: true })
          await rm(to, { recursive: true })
        }),
        { numRuns: 12, endOnFailure: true },
      )
    })
    it('fetches only the chunks that changed, and takes the others from the file as it was', async () => {
      const { api } = await start()
      const root = await temporaryFolder()
      const before = noise('file', 10_000_000)
      await mkdir(join(root, 'from'))
      await writeFile(join(root, 'from', 'f'), before)
      const { version: one } = await add(api, 'f', join(root, 'from'))
      await checkOut(api, one, join(root, 'to'), options)
      const after = Buffer.concat([before.subarray(0, 5_000_000), Buffer.from('x'), before.subarray(5_000_000)])
      await writeFile(join(root, 'from', 'f'), after)
      const { version: two, done } = await add(api, 'f', join(root, 'from'))
      expect(done.sentChunks).toBeLessThanOrEqual(3)
      const { reusedBytes, receivedBytes } = await checkOut(api, two, join(root, 'to'), options)
      expect(receivedBytes).toBeLessThan(1_000_000)
      expect(reusedBytes).toBeGreaterThan(9_000_000)
      expect((await readFile(join(root, 'to', 'f'))).equals(after)).toBe(true)
    })
    it('comes out of a version of whole files as well, also of large ones', async () => {
      const { t, api } = await start()
      const root = await temporaryFolder()
      const body = flightsCsv(200_000)
      expect(body.length).toBeGreaterThan(5_000_000)
      const { version } = await register(t, 'whole', 'in/f.csv', body)
      await checkOut(api, version, root, options)
      expect(await readFile(join(root, 'in', 'f.csv'), 'utf8')).toBe(body)
      expect((await checkOut(api, version, root, options)).fetched).toBe(0)
    })
    it('turns files into folders and links, and back', async () => {
      const { api } = await start()
      const root = await temporaryFolder()
      const from = join(root, 'from')
      await mkdir(join(from, 'a'), { recursive: true })
      await writeFile(join(from, 'a', 'b'), 'file')
      await writeFile(join(from, 'l'), 'plain')
      const { version: one } = await add(api, 'x', from)
      await rm(join(from, 'a'), { recursive: true })
      await writeFile(join(from, 'a'), 'now a file', { mode: 0o755 })
      await rm(join(from, 'l'))
      await symlink('a', join(from, 'l'))
      const { version: two } = await add(api, 'x', from)
      const to = join(root, 'to')
      for (const version of [one, two, one, two]) await checkOut(api, version, to, options)
      expect(await readFile(join(to, 'a'), 'utf8')).toBe('now a file')
      expect((await lstat(join(to, 'a'))).mode & 0o111).not.toBe(0)
      expect(await readlink(join(to, 'l'))).toBe('a')
      expect((await findVersion(api, 'x')).id).toBe(two.id)
    })
  })
})

describe('reading a file', () => {
  it('notices that it changed meanwhile', async () => {
    const path = join(await temporaryFolder(), 'f')
    await writeFile(path, noise('f', 12_000_000))
    let times = 0
    const reading = cutFile(path, () => {
      times += 1
      return times === 1 ? writeFile(path, 'shorter') : undefined
    })
    await expect(reading).rejects.toMatchObject({ code: 'client/file-changed' })
  })
  it('refuses a manifest whose file lies behind a link that leads elsewhere', async () => {
    const root = await temporaryFolder()
    await symlink('/tmp', join(root, 'd'))
    const entry = { path: 'd/x', digest: `sha256:${'a'.repeat(64)}`, sizeBytes: 1 }
    await expect(planCheckout(root, [entry], undefined, { force: false, trusts: true })).rejects.toMatchObject({
      code: 'client/would-overwrite',
    })
  })
})
