import { wireType } from './proto-reader.ts'

/** Writes the wire format of protocol buffers. Each method writes one field, whatever its value; `at` fields go in any order. */
export class ProtoWriter {
  #bytes: Buffer
  #at = 0

  constructor(sizeBytes = 256) {
    this.#bytes = Buffer.allocUnsafe(sizeBytes)
  }

  /** What was written, not copied; the writer is done with. */
  finish(): Buffer {
    return this.#bytes.subarray(0, this.#at)
  }

  bool(field: number, value: boolean): void {
    this.#tag(field, wireType.varint)
    this.#varint(value ? 1 : 0)
  }

  /** Any integer type but the zigzag ones; negative numbers take ten bytes, as int32 and int64 do. */
  integer(field: number, value: number | bigint): void {
    this.#tag(field, wireType.varint)
    this.#anyVarint(value)
  }

  float(field: number, value: number): void {
    this.#tag(field, wireType.fixed32)
    this.#reserve(4)
    this.#at = this.#bytes.writeFloatLE(value, this.#at)
  }

  double(field: number, value: number): void {
    this.#tag(field, wireType.fixed64)
    this.#reserve(8)
    this.#at = this.#bytes.writeDoubleLE(value, this.#at)
  }

  text(field: number, value: string): void {
    this.#tag(field, wireType.bytes)
    // A length of one byte is guessed, and the text moved where that was wrong.
    this.#reserve(value.length * 3 + 6)
    const start = this.#at + 1
    this.#close(start, this.#bytes.write(value, start, 'utf8'))
  }

  bytes(field: number, value: Uint8Array): void {
    this.#tag(field, wireType.bytes)
    this.#anyVarint(value.length)
    this.#reserve(value.length)
    this.#bytes.set(value, this.#at)
    this.#at += value.length
  }

  /** A nested message: what `write` writes. */
  message(field: number, write: () => void): void {
    this.#tag(field, wireType.bytes)
    this.#reserve(6)
    const start = this.#at + 1
    this.#at = start
    write()
    this.#reserve(6)
    this.#close(start, this.#at - start)
  }

  /** A packed list of integers. */
  packed(field: number, values: ArrayLike<number | bigint>): void {
    this.message(field, () => {
      for (let index = 0; index < values.length; index += 1) this.#anyVarint(values[index] ?? 0)
    })
  }

  packedFloats(field: number, values: ArrayLike<number>): void {
    this.message(field, () => {
      this.#reserve(values.length * 4)
      for (let index = 0; index < values.length; index += 1) {
        this.#at = this.#bytes.writeFloatLE(values[index] ?? 0, this.#at)
      }
    })
  }

  packedDoubles(field: number, values: ArrayLike<number>): void {
    this.message(field, () => {
      this.#reserve(values.length * 8)
      for (let index = 0; index < values.length; index += 1) {
        this.#at = this.#bytes.writeDoubleLE(values[index] ?? 0, this.#at)
      }
    })
  }

  /** Puts the length before the `length` bytes at `start`, which left one byte for it. */
  #close(start: number, length: number): void {
    if (length < 0x80) {
      this.#bytes[start - 1] = length
      this.#at = start + length
      return
    }
    const more = length < 0x4000 ? 1 : length < 0x200000 ? 2 : length < 0x10000000 ? 3 : 4
    this.#bytes.copyWithin(start + more, start, start + length)
    this.#at = start - 1
    this.#varint(length)
    this.#at += length
  }

  #tag(field: number, type: number): void {
    this.#varint((field << 3) | type)
  }

  #anyVarint(value: number | bigint): void {
    if (typeof value === 'number' && value >= 0 && value <= 0x7fffffff) this.#varint(value)
    else this.#bigVarint(BigInt.asUintN(64, BigInt(value)))
  }

  #varint(value: number): void {
    this.#reserve(5)
    let rest = value
    while (rest > 0x7f) {
      this.#bytes[this.#at++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    this.#bytes[this.#at++] = rest
  }

  #bigVarint(value: bigint): void {
    this.#reserve(10)
    let rest = value
    while (rest > 0x7fn) {
      this.#bytes[this.#at++] = Number(rest & 0x7fn) | 0x80
      rest >>= 7n
    }
    this.#bytes[this.#at++] = Number(rest)
  }

  #reserve(count: number): void {
    if (this.#at + count <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#at + count))
    this.#bytes.copy(larger, 0, 0, this.#at)
    this.#bytes = larger
  }
}
