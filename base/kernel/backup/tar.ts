import type { Readable } from 'node:stream'

const blockBytes = 512

/** The heading of one file in a tar archive (ustar). `name` is ASCII, at most 100 characters. */
export function tarHeader(name: string, sizeBytes: number, atMs: number): Buffer {
  if (!/^[\x20-\x7e]{1,100}$/.test(name)) throw new RangeError(`"${name}" cannot be the name of a file in an archive`)
  const header = Buffer.alloc(blockBytes)
  header.write(name, 0)
  header.write('0000600\0', 100)
  header.write('0000000\0', 108)
  header.write('0000000\0', 116)
  writeSize(header, sizeBytes)
  header.write(
    `${Math.floor(atMs / 1000)
      .toString(8)
      .padStart(11, '0')}\0`,
    136,
  )
  header.write('        0', 148)
  header.write('ustar\0', 257)
  header.write('00', 263)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return header
}

/** Eleven octal digits hold 8 GiB; what is larger is written in base 256, as GNU tar does. */
function writeSize(header: Buffer, sizeBytes: number): void {
  if (sizeBytes < 8 ** 11) {
    header.write(`${sizeBytes.toString(8).padStart(11, '0')}\0`, 124)
    return
  }
  header.writeUInt8(0x80, 124)
  header.writeBigUInt64BE(BigInt(sizeBytes), 128)
}

/** What fills a file up to whole blocks. */
export function tarPadding(sizeBytes: number): Buffer {
  return Buffer.alloc((blockBytes - (sizeBytes % blockBytes)) % blockBytes)
}

/** What ends an archive. */
export const tarEnd: Buffer = Buffer.alloc(2 * blockBytes)

export interface TarEntry {
  readonly name: string
  readonly sizeBytes: number
  /** To be read to its end before the next entry is asked for; what is left unread is skipped. */
  readonly body: AsyncIterable<Buffer>
}

/** Reads an archive from its beginning to its end. Throws a RangeError where it breaks off or is none. */
export async function* readTar(stream: Readable): AsyncGenerator<TarEntry> {
  const bytes = new ByteReader(stream)
  for (;;) {
    const header = await bytes.exactly(blockBytes)
    if (header.every((byte) => byte === 0)) return
    const { name, sizeBytes } = readHeader(header)
    let left = sizeBytes
    const body = (async function* () {
      while (left > 0) {
        const piece = await bytes.upTo(left)
        left -= piece.byteLength
        yield piece
      }
    })()
    yield { name, sizeBytes, body }
    while (left > 0) left -= (await bytes.upTo(left)).byteLength
    await bytes.exactly(tarPadding(sizeBytes).byteLength)
  }
}

function readHeader(header: Buffer): { name: string; sizeBytes: number } {
  const text = (from: number, to: number) => header.toString('latin1', from, to).replace(/\0.*$/s, '').trim()
  const sum = Number.parseInt(text(148, 156), 8)
  const plain = Buffer.from(header).fill(' ', 148, 156)
  if (text(257, 263) !== 'ustar' || plain.reduce((total, byte) => total + byte, 0) !== sum) {
    throw new RangeError('a heading is damaged')
  }
  const isLarge = (header[124] ?? 0) >= 0x80
  const sizeBytes = isLarge ? Number(header.readBigUInt64BE(128)) : Number.parseInt(text(124, 136), 8)
  return { name: text(0, 100), sizeBytes }
}

class ByteReader {
  readonly #pieces: AsyncIterator<unknown>
  #rest: Buffer = Buffer.alloc(0)
  constructor(stream: Readable) {
    this.#pieces = stream[Symbol.asyncIterator]()
  }

  async upTo(count: number): Promise<Buffer> {
    while (this.#rest.byteLength === 0) {
      const next = await this.#pieces.next()
      if (next.done === true) throw new RangeError('it breaks off')
      this.#rest = next.value as Buffer // a binary stream
    }
    const taken = this.#rest.subarray(0, count)
    this.#rest = this.#rest.subarray(taken.byteLength)
    return taken
  }

  async exactly(count: number): Promise<Buffer> {
    const pieces: Buffer[] = []
    for (let left = count; left > 0;) {
      const piece = await this.upTo(left)
      pieces.push(piece)
      left -= piece.byteLength
    }
    return Buffer.concat(pieces)
  }
}
