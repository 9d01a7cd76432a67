import { appendFileSync } from 'node:fs'
import { appendFile, mkdir, open, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import type { Spool, SpooledRequest, Spools } from '../spool/spool.ts'

const chunkBytes = 4 << 20

/** Spools as files of JSON lines, one per run and process, in `MILLRACE_SPOOL_DIR` or `~/.millrace/spool`. */
export function folderSpools(
  folder = process.env['MILLRACE_SPOOL_DIR'] ?? join(homedir(), '.millrace', 'spool'),
): Spools {
  return {
    open: async (runId) => {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      return new FolderSpool(join(folder, `${runId}.${process.pid}.jsonl`), 0)
    },
    abandoned: async () => {
      const names = await readdir(folder).catch(() => [])
      const left = names.filter((name) => name.endsWith('.jsonl') && !isAlive(name))
      return Promise.all(
        left.map(async (name) => new FolderSpool(join(folder, name), await sentOf(join(folder, name)))),
      )
    },
  }
}

/** How far the file was sent is kept beside it: after a kill, a few requests are sent again, which changes nothing. */
class FolderSpool implements Spool {
  readonly #path: string
  #offset: number
  #lengths: number[] = []

  constructor(path: string, offset: number) {
    this.#path = path
    this.#offset = offset
  }

  async append(requests: readonly SpooledRequest[]): Promise<void> {
    await appendFile(this.#path, linesOf(requests), { mode: 0o600 })
  }

  appendNow(requests: readonly SpooledRequest[]): void {
    appendFileSync(this.#path, linesOf(requests), { mode: 0o600 })
  }

  async peek(limit: number): Promise<SpooledRequest[]> {
    const text = await readFrom(this.#path, this.#offset)
    // A line that a kill cut off has no end, and was never promised to anybody.
    const lines = text.split('\n').slice(0, -1).slice(0, limit)
    this.#lengths = lines.map((line) => Buffer.byteLength(line) + 1)
    return lines.map((line) => JSON.parse(line) as SpooledRequest) // written by `append`
  }

  async drop(count: number): Promise<void> {
    for (const length of this.#lengths.splice(0, count)) this.#offset += length
    await writeFile(`${this.#path}.sent`, String(this.#offset))
  }

  async close(): Promise<void> {
    if ((await this.peek(1)).length > 0) return
    await Promise.all([rm(this.#path, { force: true }), rm(`${this.#path}.sent`, { force: true })])
  }
}

function linesOf(requests: readonly SpooledRequest[]): string {
  return requests.map((request) => `${JSON.stringify(request)}\n`).join('')
}

async function readFrom(path: string, offset: number): Promise<string> {
  const file = await open(path, 'r').catch(() => undefined)
  if (file === undefined) return ''
  try {
    for (let size = chunkBytes; ; size *= 2) {
      const buffer = Buffer.alloc(size)
      const { bytesRead } = await file.read(buffer, 0, size, offset)
      const whole = buffer.subarray(0, bytesRead)
      // One request may be longer than a chunk.
      if (bytesRead < size || whole.includes(0x0a)) return whole.toString('utf8')
    }
  } finally {
    await file.close()
  }
}

async function sentOf(path: string): Promise<number> {
  return Number(await readFile(`${path}.sent`, 'utf8').catch(() => '0'))
}

function isAlive(name: string): boolean {
  const pid = Number(/\.(\d+)\.jsonl$/.exec(name)?.[1])
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
