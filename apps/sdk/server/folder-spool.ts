import { appendFileSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { open, rm, writeFile } from 'node:fs/promises'
import type { Spool, SpooledRequest } from '../spool/spool.ts'

const chunkBytes = 1 << 20
const newline = 0x0a

/** A file of JSON lines. How far it was sent stands beside it: after a kill, a few are sent again, which changes nothing. */
export class FolderSpool implements Spool {
  readonly #path: string
  readonly #onClose: () => void
  #offset: number
  /** The file that the offset is of: another process may have taken it over, and appending made a new one. */
  #file: number | undefined
  /** Bytes of what `peek` gave last. */
  #lengths: number[] = []
  #isTorn = false

  constructor(path: string, offset: number, onClose: () => void) {
    this.#path = path
    this.#offset = offset
    this.#onClose = onClose
  }

  append(requests: readonly SpooledRequest[]): undefined {
    const lines = requests.map((request) => `${JSON.stringify(request)}\n`).join('')
    // After a full disk the last line may have no end.
    const before = this.#isTorn ? '\n' : ''
    this.#isTorn = true
    appendFileSync(this.#path, before + lines, { mode: 0o600 })
    this.#isTorn = false
    return undefined
  }

  async peek(limit: number): Promise<SpooledRequest[]> {
    for (;;) {
      const lines = await this.#read()
      const found: SpooledRequest[] = []
      let skipped = 0
      this.#lengths = []
      for (const line of lines) {
        const request = found.length < limit ? requestOf(line) : undefined
        if (request === undefined) skipped += line.length
        else {
          found.push(request)
          this.#lengths.push(skipped + line.length)
          skipped = 0
        }
      }
      if (found.length > 0 || lines.length === 0) return found
      this.#offset += skipped
    }
  }

  async drop(count: number): Promise<void> {
    for (const length of this.#lengths.splice(0, count)) this.#offset += length
    await writeFile(`${this.#path}.sent`, `${this.#offset} ${this.#file}\n`)
  }

  async close(): Promise<void> {
    const isEmpty = (await this.peek(1)).length === 0
    if (isEmpty) await Promise.all([rm(this.#path, { force: true }), rm(`${this.#path}.sent`, { force: true })])
    this.#onClose()
  }

  /** Whole lines from the offset on, with their ends: as many as a chunk holds, at least one where there is one. */
  async #read(): Promise<Uint8Array[]> {
    const file = await open(this.#path, 'r').catch(() => undefined)
    if (file === undefined) return []
    try {
      const { ino } = await file.stat()
      if (this.#file !== undefined && this.#file !== ino) this.#offset = 0
      this.#file = ino
      return linesOf(await chunkAt(file, this.#offset))
    } finally {
      await file.close()
    }
  }
}

async function chunkAt(file: FileHandle, offset: number): Promise<Uint8Array> {
  for (let size = chunkBytes; ; size *= 2) {
    const { bytesRead, buffer } = await file.read(new Uint8Array(size), 0, size, offset)
    const whole = buffer.subarray(0, bytesRead)
    // One request may be longer than a chunk.
    if (bytesRead < size || whole.includes(newline)) return whole
  }
}

function linesOf(bytes: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = []
  let from = 0
  // A line that a kill cut off has no end, and was never promised to anybody.
  for (let end = bytes.indexOf(newline); end !== -1; end = bytes.indexOf(newline, from)) {
    lines.push(bytes.subarray(from, end + 1))
    from = end + 1
  }
  return lines
}

/** Undefined for a line that a full disk cut off. */
function requestOf(line: Uint8Array): SpooledRequest | undefined {
  try {
    return JSON.parse(new TextDecoder().decode(line)) as SpooledRequest // written by `append`
  } catch {
    return undefined
  }
}
