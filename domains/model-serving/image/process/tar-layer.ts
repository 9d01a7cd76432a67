import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream, statSync } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'

/** A file or folder of a layer. */
export interface LayerEntry {
  /** Without a leading slash; a folder's ends with one. */
  readonly path: string
  /** A file of this machine, or bytes. */
  readonly from: string | Uint8Array
  readonly mode: number
  readonly owner: number
}

export interface Layer {
  /** SHA-256 of the gzipped tar and of the tar, hex. */
  readonly digest: string
  readonly diffId: string
  readonly sizeBytes: number
}

/** Writes entries as a gzipped tar; the same entries give the same bytes: no times, no names of this machine. */
export async function writeLayer(path: string, entries: readonly LayerEntry[]): Promise<Layer> {
  const diff = createHash('sha256')
  const whole = createHash('sha256')
  await pipeline(
    Readable.from(withHash(tarOf(entries), diff)),
    createGzip({ level: 6 }),
    async function* (source: AsyncIterable<Buffer>) {
      yield* withHash(source, whole)
    },
    createWriteStream(path),
  )
  return { digest: whole.digest('hex'), diffId: diff.digest('hex'), sizeBytes: statSync(path).size }
}

async function* withHash(source: AsyncIterable<Uint8Array>, hash: ReturnType<typeof createHash>) {
  for await (const bytes of source) {
    hash.update(bytes)
    yield bytes
  }
}

async function* tarOf(entries: readonly LayerEntry[]): AsyncGenerator<Uint8Array> {
  for (const entry of entries) {
    const isFolder = entry.path.endsWith('/')
    const size = isFolder ? 0 : typeof entry.from === 'string' ? statSync(entry.from).size : entry.from.length
    yield headerOf(entry, size)
    if (isFolder) continue
    if (typeof entry.from === 'string') yield* createReadStream(entry.from, { highWaterMark: 1 << 20 })
    else yield entry.from
    yield new Uint8Array((512 - (size % 512)) % 512)
  }
  yield new Uint8Array(1024)
}

/** A POSIX ustar header (https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html, "ustar Interchange Format"). */
function headerOf({ path, mode, owner }: LayerEntry, size: number): Buffer {
  const header = Buffer.alloc(512)
  const [prefix, name] = splitName(path)
  header.write(name, 0, 100)
  octal(header, mode, 100, 8)
  octal(header, owner, 108, 8)
  octal(header, owner, 116, 8)
  octal(header, size, 124, 12)
  octal(header, 0, 136, 12)
  header.write('        ', 148)
  header.write(path.endsWith('/') ? '5' : '0', 156)
  header.write('ustar\u000000', 257)
  header.write(prefix, 345, 155)
  octal(
    header,
    header.reduce((sum, byte) => sum + byte, 0),
    148,
    7,
  )
  return header
}

function octal(header: Buffer, value: number, at: number, width: number): void {
  header.write(`${value.toString(8).padStart(width - 1, '0')}\u0000`, at, width, 'latin1')
}

function splitName(path: string): [prefix: string, name: string] {
  if (Buffer.byteLength(path) <= 100) return ['', path]
  const cut = path.indexOf('/', path.length - 101)
  if (cut < 1 || cut > 155) throw new Error(`${path} is too long a path for a layer.`)
  return [path.slice(0, cut), path.slice(cut + 1)]
}
