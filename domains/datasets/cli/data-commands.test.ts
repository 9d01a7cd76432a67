import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DatasetDiff, DatasetVersion } from '../contract.ts'
import { noise } from '../testing/a-chunked-version.ts'

// The program as people start it.
const program = fileURLToPath(new URL('../../../apps/cli/main.ts', import.meta.url))
const folder = await mkdtemp(join(tmpdir(), 'millrace-data-commands-'))
const at = (...path: string[]) => join(folder, ...path)
const server: { child?: ChildProcess; port: string } = { port: '0' }

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

function start(...argv: string[]): { child: ChildProcess; ended: Promise<Ended> } {
  const env = { ...process.env, MILLRACE_URL: `http://127.0.0.1:${server.port}` }
  const child = spawn(process.execPath, [program, ...argv], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const text = { out: '', err: '' }
  child.stdout?.on('data', (piece) => (text.out += String(piece)))
  child.stderr?.on('data', (piece) => (text.err += String(piece)))
  return { child, ended: new Promise((resolve) => child.once('close', (code) => resolve({ code, ...text }))) }
}

const run = (...argv: string[]) => start('data', ...argv).ended
async function json<T>(...argv: string[]): Promise<T> {
  const { code, out, err } = await run(...argv, '--json')
  if (code !== 0) throw new Error(`${argv.join(' ')}: ${err}`)
  return JSON.parse(out) as T // what the command prints
}

async function startServer(): Promise<void> {
  const { child } = start('server', '--port', server.port, '--data-dir', at('data'), '--data-plane-processes', '1')
  server.child = child
  const port = await new Promise<string>((resolve, reject) => {
    child.stdout?.on('data', (piece) => {
      const found = /http:\/\/127\.0\.0\.1:(\d+)/.exec(String(piece))
      if (found !== null) resolve(found[1] ?? '')
    })
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)))
  })
  server.port = port
}

async function stopServer(signal: NodeJS.Signals): Promise<void> {
  const { child } = server
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill(signal)
  await ended
}

beforeAll(startServer, 60_000)
afterAll(async () => {
  await stopServer('SIGKILL')
  await rm(folder, { recursive: true, force: true })
})

async function writeTree(root: string, files: Readonly<Record<string, string | Buffer>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(root, path, '..'), { recursive: true })
    await writeFile(join(root, path), content)
  }
}

describe('millrace data', { timeout: 120_000 }, () => {
  it('adds a folder, checks it out, follows it with push, pull, status, log and diff', async () => {
    const table = (city: string) =>
      `id,v,city\n${Array.from({ length: 500 }, (_, row) => `${row},${row % 9},${city}`).join('\n')}\n`
    await writeTree(at('tree'), {
      empty: '',
      'a b/ünï ☃.txt': 'hello',
      't.csv': table('a'),
      'big.bin': noise('big', 3_000_000),
    })
    await symlink('a b/ünï ☃.txt', at('tree', 'link'))
    const first = await json<DatasetVersion>('add', at('tree'), '--name', 'x/tree', '--message', 'The first')
    expect(first).toMatchObject({ version: 'v1', fileCount: 5, message: 'The first', rowCount: 500 })
    expect((await run('checkout', 'x/tree@v1', at('one'))).code).toBe(0)
    await run('checkout', 'x/tree', at('two'))
    expect(await readFile(at('one', 'big.bin'))).toEqual(await readFile(at('tree', 'big.bin')))
    expect(await readlink(at('one', 'link'))).toBe('a b/ünï ☃.txt')
    expect(await readdir(at('one'))).not.toContain('.millrace-parts')

    await writeFile(at('one', 't.csv'), table('b'))
    await writeFile(at('one', 'fresh'), 'fresh')
    await rm(at('one', 'a b'), { recursive: true })
    await rm(at('one', 'link'))
    expect(await json('status', at('one'))).toMatchObject({
      added: ['fresh'],
      modified: ['t.csv'],
      deleted: ['a b/ünï ☃.txt', 'link'],
      isNewest: true,
    })
    const pushed = await json<DatasetVersion & { uploaded: { sentChunks: number } }>(
      'push',
      at('one'),
      '--message',
      'Better',
    )
    expect(pushed).toMatchObject({ version: 'v2', fileCount: 4, uploaded: { sentChunks: 2 } })
    expect(await json('status', at('two'))).toMatchObject({ isNewest: false, newest: 'v2' })
    expect((await run('push', at('two'))).err).toContain('Pull first')
    expect(await json('pull', at('two'))).toMatchObject({ fetched: 2, removed: 2, unchanged: 2 })
    expect(await readdir(at('two'))).toEqual(['.millrace-data.json', 'big.bin', 'empty', 'fresh', 't.csv'])

    const diff = await json<DatasetDiff>('diff', 'x/tree@v1', 'x/tree@v2', '--key', 'id')
    expect(diff.files).toMatchObject({ added: 1, removed: 2, changed: 1, unchanged: 2 })
    expect(diff.tables[0]?.rows).toMatchObject({ changed: 500 })
    expect((await run('log', 'x/tree')).out).toContain('Better')
    expect((await run('show', 'x/tree@v1')).out).toContain('500 rows')
    expect((await run('gc')).out).toContain('Would free 0 B')
  })

  it('overwrites nothing that a person changed, unless told to', async () => {
    await writeTree(at('keep'), { 'a.txt': 'one', 'b.txt': 'two' })
    await json('add', at('keep'), '--name', 'keep')
    await json('checkout', 'keep', at('mine'))
    await writeFile(at('mine', 'a.txt'), 'changed')
    await writeFile(at('keep', 'a.txt'), 'newer')
    await json('add', at('keep'), '--name', 'keep')
    const refused = await run('pull', at('mine'))
    expect([refused.code, refused.err]).toEqual([3, expect.stringContaining('a.txt')])
    expect(await readFile(at('mine', 'a.txt'), 'utf8')).toBe('changed')
    expect((await run('pull', at('mine'), '--force')).code).toBe(0)
    expect(await readFile(at('mine', 'a.txt'), 'utf8')).toBe('newer')
    await writeTree(at('stranger'), { 'a.txt': 'not yours' })
    expect((await run('checkout', 'keep', at('stranger'))).err).toContain('Nothing was written')
  })

  it('writes through no link that lies in the way, and stores none that leads out', async () => {
    await writeTree(at('deep'), { 'd/a.txt': 'inside' })
    await json('add', at('deep'), '--name', 'deep')
    await mkdir(at('target'))
    await mkdir(at('trap'))
    await symlink(at('target'), at('trap', 'd'))
    expect((await run('checkout', 'deep', at('trap'))).code).not.toBe(0)
    expect((await run('checkout', 'deep', at('trap'), '--force')).code).toBe(0)
    expect(await readdir(at('target'))).toEqual([])
    await symlink('/etc/passwd', at('deep', 'out'))
    expect((await run('add', at('deep'), '--name', 'deep')).err).toContain('lies outside')
  })

  it('goes on after client and server were killed in the middle of an upload', async () => {
    const bytes = noise('large', 32_000_000)
    await writeTree(at('large'), { 'large.bin': bytes })
    const broken = start('data', 'add', at('large'), '--name', 'large')
    await sentSome()
    broken.child.kill('SIGKILL')
    await broken.ended
    const again = start('data', 'add', at('large'), '--name', 'large', '--json')
    await sentSome()
    await stopServer('SIGKILL')
    await startServer()
    const { code, out, err } = await again.ended
    expect([code, err]).toEqual([0, ''])
    const version = JSON.parse(out) as DatasetVersion & { uploaded: { sentChunks: number; chunks: number } } // as printed
    expect(version.sizeBytes).toBe(32_000_000)
    expect(version.uploaded.sentChunks).toBeLessThan(version.uploaded.chunks)
    const fetching = start('data', 'checkout', 'large', at('large-out'))
    await new Promise((resolve) => setTimeout(resolve, 700))
    fetching.child.kill('SIGKILL')
    await fetching.ended
    await json('checkout', 'large', at('large-out'))
    expect((await readFile(at('large-out', 'large.bin'))).equals(bytes)).toBe(true)
  })

  it('lets two push one data set at once', async () => {
    await writeTree(at('p1'), { 'same.bin': noise('same', 2_000_000), own: '1' })
    await writeTree(at('p2'), { 'same.bin': noise('same', 2_000_000), own: '2' })
    const [one, two] = await Promise.all([
      json<DatasetVersion>('add', at('p1'), '--name', 'both'),
      json<DatasetVersion>('add', at('p2'), '--name', 'both'),
    ])
    expect(new Set([one.version, two.version])).toEqual(new Set(['v1', 'v2']))
    await json('checkout', `both@${two.version}`, at('p2-out'))
    expect(await readFile(at('p2-out', 'own'), 'utf8')).toBe('2')
  })

  it('says what is wrong in a sentence', async () => {
    expect(await run('add', at('none'), '--name', 'n')).toMatchObject({
      code: 3,
      err: expect.stringContaining('There is no file or folder') as string,
    })
    expect((await run('status', at('tree'))).err).toContain('was not checked out')
    expect((await run('checkout', 'nowhere', at('x'))).err).toContain('There is no data set version')
    expect((await run('add', '--help')).out).toContain('millrace data add')
  })
})

/** Waits until the server has some packs of the upload under way. */
async function sentSome(): Promise<void> {
  const packs = at('data', 'artifacts', 'datasets', 'packs', 'default')
  const count = async () =>
    (await readdir(packs, { recursive: true }).catch(() => [])).filter((name) => name.includes('/')).length
  const before = await count()
  for (let look = 0; look < 400 && (await count()) < before + 1; look += 1)
    await new Promise((resolve) => setTimeout(resolve, 10))
}
