/** Bytes that are no protocol buffer of the message they should be. */
export class ProtoError extends Error {}

/** Wire types of protocol buffers. */
export const wireType = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const

/**
 * Reads the wire format of protocol buffers (https://protobuf.dev/programming-guides/encoding), from a slice of a
 * buffer and never beyond its end. `field` and `type` are those of the last tag. Throws `ProtoError`.
 */
export class ProtoReader {
  readonly #bytes: Buffer
  readonly #end: number
  #at: number
  /** Number of the field whose tag was read last. */
  field = 0
  /** Its wire type. */
  type = 0

  constructor(bytes: Buffer, start = 0, end = bytes.length) {
    this.#bytes = bytes
    this.#at = start
    this.#end = end
  }

  /** Reads the next tag; false at the end. */
  next(): boolean {
    if (this.#at >= this.#end) return false
    const tag = this.uint32()
    this.field = tag >>> 3
    this.type = tag & 7
    if (this.field === 0) throw new ProtoError('a field has the number 0')
    return true
  }

  /** More of a packed list is left; for readers that `message` gave. */
  more(): boolean {
    return this.#at < this.#end
  }

  /** Throws when the last tag's wire type is another. */
  expect(type: number): void {
    if (this.type !== type) throw new ProtoError(`field ${this.field} has wire type ${this.type} instead of ${type}`)
  }

  /** A varint of which the low 32 bits matter: tags, lengths, enumerations. */
  uint32(): number {
    const byte = this.#bytes[this.#at] ?? 0
    if (byte < 0x80 && this.#at < this.#end) {
      this.#at += 1
      return byte
    }
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
    throw new ProtoError('a number has more than 64 bits')
  }

  /** An unsigned 64-bit varint. */
  uint64(): number | bigint {
    const value = this.int64()
    return value >= 0 ? value : BigInt.asUintN(64, BigInt(value))
  }

  bool(): boolean {
    return this.int64() !== 0
  }

  float(): number {
    return this.#bytes.readFloatLE(this.#take(4))
  }

  double(): number {
    return this.#bytes.readDoubleLE(this.#take(8))
  }

  /** A nested message or packed list: a reader that ends where it ends. */
  message(): ProtoReader {
    const length = this.#length()
    const start = this.#take(length)
    return new ProtoReader(this.#bytes, start, start + length)
  }

  /** A view, not a copy. */
  bytes(): Buffer {
    const length = this.#length()
    const start = this.#take(length)
    return this.#bytes.subarray(start, start + length)
  }

  text(): string {
    const length = this.#length()
    const start = this.#take(length)
    return length < 24 ? this.#shortText(start, length) : this.#bytes.toString('utf8', start, start + length)
  }

  /** Passes over a field that is not known here. */
  skip(): void {
    if (this.type === wireType.varint) this.int64()
    else if (this.type === wireType.fixed64) this.#take(8)
    else if (this.type === wireType.bytes) this.#take(this.#length())
    else if (this.type === wireType.fixed32) this.#take(4)
    else throw new ProtoError(`there is no wire type ${this.type}`)
  }

  /** Names are short and mostly ASCII: cheaper to put together here than to call out. */
  #shortText(start: number, length: number): string {
    let text = ''
    for (let at = start; at < start + length; at += 1) {
      const byte = this.#bytes[at] ?? 0
      if (byte >= 0x80) return this.#bytes.toString('utf8', start, start + length)
      text += String.fromCharCode(byte)
    }
    return text
  }

  #length(): number {
    this.expect(wireType.bytes)
    const length = this.int64()
    if (typeof length === 'bigint' || length < 0) throw new ProtoError('a length is out of range')
    return length
  }

  #byte(): number {
    if (this.#at >= this.#end) throw new ProtoError('it ends in the middle of a field')
    const byte = this.#bytes[this.#at] ?? 0
    this.#at += 1
    return byte
  }

  #take(count: number): number {
    const at = this.#at
    if (at + count > this.#end) throw new ProtoError('it ends in the middle of a field')
    this.#at = at + count
    return at
  }
}

function narrow(value: bigint): number | bigint {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}
