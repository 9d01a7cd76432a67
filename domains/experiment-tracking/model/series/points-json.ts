import { valueText } from './latest-metrics.ts'
import type { Points } from './points.ts'
import { at } from './points.ts'
import { wideText } from './wide.ts'

/**
 * Points as members of a JSON list, as bytes: each begins with `head` (which opens the object: `{"key":"loss",`) and ends
 * with `rest` (which closes it). Written byte by byte, since histories have thousands of points and text is slower.
 */
export function pointsJson(points: Points, head: string, rest = '}'): Buffer {
  const { length, steps, stepLows, times, timeLows, values } = points
  const writer = new Writer(length * (Buffer.byteLength(head) + Buffer.byteLength(rest) + fixedBytes + mostNumberBytes))
  const [before, behind] = [Buffer.from(`${head}"value":`), Buffer.from(rest)]
  for (let i = 0; i < length; i += 1) {
    if (i > 0) writer.byte(comma)
    writer.bytes(before)
    const value = at(values, i)
    writer.text(Number.isFinite(value) ? String(value) : valueText(value))
    writer.bytes(timestampName)
    writer.wide(at(times, i), at(timeLows, i))
    writer.bytes(stepName)
    writer.wide(at(steps, i), at(stepLows, i))
    writer.bytes(behind)
  }
  return writer.written()
}

const comma = 0x2c
const minus = 0x2d
const zero = 0x30
const timestampName = Buffer.from(',"timestamp":')
const stepName = Buffer.from(',"step":')
const fixedBytes = '"value":'.length + timestampName.length + stepName.length + 1
/** Three numbers of at most 25 characters. */
const mostNumberBytes = 75

/** Written into by one call after another, so that only the bytes that are needed are ever allocated anew. */
let scratch: Buffer = Buffer.alloc(0)
const mostScratchBytes = 8 * 1024 * 1024

class Writer {
  readonly #buffer: Buffer
  #end = 0

  constructor(mostBytes: number) {
    this.#buffer = mostBytes <= scratch.length ? scratch : Buffer.allocUnsafeSlow(mostBytes)
    if (mostBytes > scratch.length && mostBytes <= mostScratchBytes) scratch = this.#buffer
  }

  /** A copy of what was written. */
  written(): Buffer {
    return Buffer.from(this.#buffer.subarray(0, this.#end))
  }

  byte(byte: number): void {
    this.#buffer[this.#end] = byte
    this.#end += 1
  }

  bytes(bytes: Buffer): void {
    this.#buffer.set(bytes, this.#end)
    this.#end += bytes.length
  }

  /** Text in ASCII. */
  text(text: string): void {
    for (let i = 0; i < text.length; i += 1) this.#buffer[this.#end + i] = text.charCodeAt(i)
    this.#end += text.length
  }

  wide(high: number, low: number): void {
    if (Number.isSafeInteger(high)) this.#integer(high)
    else this.text(wideText(high, low))
  }

  #integer(number: number): void {
    if (number < 0) this.byte(minus)
    const size = Math.abs(number)
    const upper = Math.floor(size / 1e9)
    if (upper === 0) this.#digits(size, 1)
    else {
      this.#digits(upper, 1)
      this.#digits(size - upper * 1e9, 9)
    }
  }

  /** The digits of a number below 2^31, at least so many. */
  #digits(number: number, least: number): void {
    let count = least
    for (let limit = 10 ** least; number >= limit; limit *= 10) count += 1
    let left = number | 0
    for (let place = this.#end + count - 1; place >= this.#end; place -= 1) {
      const tens = (left / 10) | 0
      this.#buffer[place] = zero + left - tens * 10
      left = tens
    }
    this.#end += count
  }
}
