import type { WriteStream } from 'node:fs'
import { createWriteStream } from 'node:fs'
import { mkdir, open, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { StringDecoder } from 'node:string_decoder'
import type { LogLine } from '../contract.ts'

type Stream = LogLine['stream']

const letters: Readonly<Record<Stream, string>> = { out: 'o', err: 'e', system: 's' }
const streams: Readonly<Record<string, Stream>> = { o: 'out', e: 'err', s: 'system' }
const longestLine = 64 * 1024
const pageBytes = 256 * 1024

/** The log file of one attempt: `<epoch ms> <o|e|s> <text>` a line. Appended only; a line is written whole. */
export interface JobLog {
  append(stream: Stream, chunk: Uint8Array | string): void
  /** Writes what waits for its line's end, and closes. */
  close(): Promise<void>
}

/** Where the logs of a job lie. */
export function jobLogFolder(dataDir: string, workspace: string, jobId: string): string {
  return join(dataDir, 'compute', 'logs', encodeURIComponent(workspace), encodeURIComponent(jobId))
}

/** Opens the log of an attempt for appending. What goes beyond `limitBytes` is dropped, and the log says so. */
export async function openJobLog(path: string, nowMs: () => number, limitBytes = 64 * 1024 * 1024): Promise<JobLog> {
  await mkdir(dirname(path), { recursive: true })
  const file = createWriteStream(path, { flags: 'a' })
  const failed = { error: false }
  file.on('error', () => (failed.error = true))
  const lines = new LineWriter(file, nowMs, limitBytes)
  return {
    append: (stream, chunk) => {
      if (!failed.error) lines.append(stream, chunk)
    },
    close: () => {
      lines.flush()
      return new Promise((resolve) => file.end(resolve))
    },
  }
}

class LineWriter {
  readonly #file: WriteStream
  readonly #nowMs: () => number
  readonly #decoders = new Map<Stream, StringDecoder>()
  readonly #rest = new Map<Stream, string>()
  #leftBytes: number

  constructor(file: WriteStream, nowMs: () => number, limitBytes: number) {
    this.#file = file
    this.#nowMs = nowMs
    this.#leftBytes = limitBytes
  }

  append(stream: Stream, chunk: Uint8Array | string): void {
    const decoder = this.#decoders.get(stream) ?? new StringDecoder('utf8')
    this.#decoders.set(stream, decoder)
    const text =
      (this.#rest.get(stream) ?? '') + (typeof chunk === 'string' ? chunk : decoder.write(Buffer.from(chunk)))
    const lines = text.split('\n')
    const rest = lines.pop() ?? ''
    this.#write(stream, lines)
    if (rest.length > longestLine) this.#write(stream, [rest])
    this.#rest.set(stream, rest.length > longestLine ? '' : rest)
  }

  flush(): void {
    for (const [stream, rest] of this.#rest) if (rest !== '') this.#write(stream, [rest])
    this.#rest.clear()
  }

  #write(stream: Stream, lines: readonly string[]): void {
    if (lines.length === 0 || this.#leftBytes < 0) return
    const head = `${this.#nowMs()} ${letters[stream]} `
    const text = lines.map((line) => `${head}${line.slice(0, longestLine)}\n`).join('')
    this.#leftBytes -= Buffer.byteLength(text)
    this.#file.write(this.#leftBytes < 0 ? `${this.#nowMs()} s The log is full; what follows is not kept.\n` : text)
  }
}

/** Lines from a byte offset on, and where to go on. A line that is still being written is left for the next time. */
export async function readJobLog(
  path: string,
  after: number,
): Promise<{ lines: LogLine[]; next: number; atEnd: boolean }> {
  const file = await open(path, 'r').catch(() => undefined)
  if (file === undefined) return { lines: [], next: after, atEnd: true }
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(pageBytes), 0, pageBytes, after)
    const end = buffer.subarray(0, bytesRead).lastIndexOf(10) + 1
    const lines = buffer.subarray(0, end).toString('utf8').split('\n').slice(0, -1).map(parseLine)
    return { lines, next: after + end, atEnd: bytesRead < pageBytes }
  } finally {
    await file.close()
  }
}

/** The newest attempt that has a log; 0 when none has. */
export async function newestLog(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => [])
  return Math.max(0, ...names.map((name) => Number.parseInt(name, 10)).filter(Number.isInteger))
}

function parseLine(line: string): LogLine {
  const match = /^(\d{1,15}) ([oes]) (.*)$/s.exec(line)
  if (match === null) return { atMs: 0, stream: 'system', text: line }
  return { atMs: Number(match[1]), stream: streams[match[2] ?? ''] ?? 'out', text: match[3] ?? '' }
}
