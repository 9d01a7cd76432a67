import { bad } from './decoded-batch.ts'

/** Wire types of protocol buffers. */
export const wire = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const

/** Reads protocol buffers' wire format from a slice of a buffer, never beyond its end. Throws `otlp/bad-payload`. */
export class WireReader {
  readonly #bytes: Buffer
  readonly #end: number
  #at: number
  constructor(bytes: Buffer, start = 0, end = bytes.length) {
    this.#bytes = bytes
    this.#at = start
    this.#end = end
  }

  done(): boolean {
    return this.#at >= this.#end
  }

  /** The next field: its number and wire type. */
  tag(): { field: number; type: number } {
    const tag = this.uint32()
    if (tag >>> 3 === 0) throw bad('a field has the number 0')
    return { field: tag >>> 3, type: tag & 7 }
  }

  /** A varint of which the low 32 bits matter: tags, lengths, enumerations. */
  uint32(): number {
    const value = this.int64()
    return typeof value === 'bigint' ? Number(BigInt.asUintN(32, value)) : value >>> 0
  }

  /** A signed 64-bit varint; `bigint` only where a number would lose digits. */
  int64(): number | bigint {
    let low = 0
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.#byte()
      low |= (byte & 0x7f) << shift
      if (byte < 0x80) return low
    }
    let value = BigInt(low)
    for (let shift = 28n; shift < 70n; shift += 7n) {
      const byte = this.#byte()
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return narrow(BigInt.asIntN(64, value))
    }
    throw bad('a number has more than 64 bits')
  }

  /** An unsigned 64-bit number of fixed length as decimal text. */
  fixed64(): string {
    const at = this.#take(8)
    return String(this.#bytes.readBigUInt64LE(at))
  }

  double(): number {
    return this.#bytes.readDoubleLE(this.#take(8))
  }

  /** A nested message: a reader that ends where it ends. */
  message(): WireReader {
    const { start, end } = this.#slice()
    return new WireReader(this.#bytes, start, end)
  }

  text(): string {
    const { start, end } = this.#slice()
    return this.#bytes.toString('utf8', start, end)
  }

  encoded(encoding: 'hex' | 'base64'): string {
    const { start, end } = this.#slice()
    return this.#bytes.toString(encoding, start, end)
  }

  /** Passes over a field that is not known here. */
  skip(type: number): void {
    if (type === wire.varint) this.int64()
    else if (type === wire.fixed64) this.#take(8)
    else if (type === wire.bytes) this.#slice()
    else if (type === wire.fixed32) this.#take(4)
    else throw bad(`there is no wire type ${type}`)
  }

  #byte(): number {
    const at = this.#take(1)
    return this.#bytes[at] ?? 0
  }

  #take(count: number): number {
    const at = this.#at
    if (at + count > this.#end) throw bad('it ends in the middle of a field')
    this.#at = at + count
    return at
  }

  #slice(): { start: number; end: number } {
    const length = this.int64()
    if (typeof length === 'bigint' || length < 0) throw bad('a length is out of range')
    const start = this.#take(length)
    return { start, end: start + length }
  }
}

function narrow(value: bigint): number | bigint {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}
