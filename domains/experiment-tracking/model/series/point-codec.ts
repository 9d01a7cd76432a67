import type { Points } from './points.ts'
import { at } from './points.ts'

/**
 * Points as bytes, little-endian, version 1: the version, the number of points (uint32), then the columns step, time and
 * value. A column is one byte that says how it is written, then its numbers:
 * 0 each as float64 · 1 evenly spaced: first and distance · 2 integers: base, then int32 offsets · 3 wide: float64 highs, then lows.
 */
const version = 1
const raw = 0
const even = 1
const offsets = 2
const wide = 3

/** The bytes of points. Throws nothing: every point has a form. */
export function encodePoints(points: Points): Uint8Array {
  const bytes = Buffer.allocUnsafe(5 + maxColumnsBytes(points.length))
  bytes[0] = version
  bytes.writeUInt32LE(points.length, 1)
  return bytes.subarray(0, writeColumns(bytes, 5, points))
}

/** Points of their bytes. Throws an `Error` for a version that this program does not know. */
export function decodePoints(bytes: Uint8Array): Points {
  const view = viewOf(bytes)
  checkVersion(view)
  return readColumns(view, 5, view.readUInt32LE(1))
}

export function checkVersion(bytes: Buffer): void {
  if (bytes[0] !== version) throw new Error(`Points of version ${String(bytes[0])} cannot be read; this is version 1.`)
}

export function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** The most that the columns of so many points can take. */
export function maxColumnsBytes(length: number): number {
  return 3 * (1 + 16) + length * 40
}

/** Writes the three columns at `start`; gives where they end. */
export function writeColumns(bytes: Buffer, start: number, points: Points): number {
  const { length, steps, stepLows, times, timeLows, values } = points
  const afterSteps = writeColumn(bytes, start, steps, stepLows, length)
  const afterTimes = writeColumn(bytes, afterSteps, times, timeLows, length)
  bytes[afterTimes] = raw
  return writeFloats(bytes, afterTimes + 1, values, length)
}

/** Reads what `writeColumns` wrote. */
export function readColumns(bytes: Buffer, start: number, length: number): Points {
  const steps = readColumn(bytes, start, length)
  const times = readColumn(bytes, steps.end, length)
  const values = readColumn(bytes, times.end, length)
  return {
    length,
    steps: steps.highs,
    stepLows: steps.lows,
    times: times.highs,
    timeLows: times.lows,
    values: values.highs,
  }
}

function writeColumn(
  bytes: Buffer,
  start: number,
  highs: Float64Array,
  lows: Float64Array | undefined,
  length: number,
): number {
  if (lows !== undefined && lows.some((low) => low !== 0)) {
    bytes[start] = wide
    return writeFloats(bytes, writeFloats(bytes, start + 1, highs, length), lows, length)
  }
  if (length > 2 && isEven(highs, length)) {
    bytes[start] = even
    bytes.writeDoubleLE(at(highs, 0), start + 1)
    return bytes.writeDoubleLE(at(highs, 1) - at(highs, 0), start + 9)
  }
  if (length > 3 && areNear(highs, length)) return writeOffsets(bytes, start, highs, length)
  bytes[start] = raw
  return writeFloats(bytes, start + 1, highs, length)
}

function isEven(highs: Float64Array, length: number): boolean {
  const [first, distance] = [at(highs, 0), at(highs, 1) - at(highs, 0)]
  for (let i = 1; i < length; i += 1) if (first + i * distance !== highs[i]) return false
  return true
}

function areNear(highs: Float64Array, length: number): boolean {
  const base = at(highs, 0)
  for (let i = 0; i < length; i += 1) {
    const offset = at(highs, i) - base
    if (!Number.isInteger(at(highs, i)) || offset !== (offset | 0)) return false
  }
  return Number.isSafeInteger(base)
}

function writeOffsets(bytes: Buffer, start: number, highs: Float64Array, length: number): number {
  bytes[start] = offsets
  const base = at(highs, 0)
  let end = bytes.writeDoubleLE(base, start + 1)
  for (let i = 0; i < length; i += 1) end = bytes.writeInt32LE(at(highs, i) - base, end)
  return end
}

function writeFloats(bytes: Buffer, start: number, column: Float64Array, length: number): number {
  if (length < 4) {
    for (let i = 0; i < length; i += 1) bytes.writeDoubleLE(at(column, i), start + i * 8)
  } else {
    bytes.set(new Uint8Array(column.buffer, column.byteOffset, length * 8), start)
  }
  return start + length * 8
}

interface ReadColumn {
  readonly highs: Float64Array
  readonly lows: Float64Array | undefined
  readonly end: number
}

function readColumn(bytes: Buffer, start: number, length: number): ReadColumn {
  const kind = bytes[start]
  if (kind === wide) {
    const [highs, lows] = [readFloats(bytes, start + 1, length), readFloats(bytes, start + 1 + length * 8, length)]
    return { highs, lows, end: start + 1 + length * 16 }
  }
  if (kind === even) return readEven(bytes, start, length)
  if (kind === offsets) return readOffsets(bytes, start, length)
  if (kind !== raw) throw new Error(`A column of kind ${String(kind)} cannot be read.`)
  return { highs: readFloats(bytes, start + 1, length), lows: undefined, end: start + 1 + length * 8 }
}

function readEven(bytes: Buffer, start: number, length: number): ReadColumn {
  const [first, distance] = [bytes.readDoubleLE(start + 1), bytes.readDoubleLE(start + 9)]
  const highs = new Float64Array(length)
  for (let i = 0; i < length; i += 1) highs[i] = first + i * distance
  return { highs, lows: undefined, end: start + 17 }
}

function readOffsets(bytes: Buffer, start: number, length: number): ReadColumn {
  const base = bytes.readDoubleLE(start + 1)
  const highs = new Float64Array(length)
  for (let i = 0; i < length; i += 1) highs[i] = base + bytes.readInt32LE(start + 9 + i * 4)
  return { highs, lows: undefined, end: start + 9 + length * 4 }
}

function readFloats(bytes: Buffer, start: number, length: number): Float64Array {
  const column = new Float64Array(length)
  // The bytes may lie at any address; a copy into the column's own memory is aligned.
  new Uint8Array(column.buffer).set(bytes.subarray(start, start + length * 8))
  return column
}
