import type { Points } from './points.ts'
import { at, pickPoints, slicePoints } from './points.ts'
import { checkVersion, maxColumnsBytes, readColumns, viewOf, writeColumns } from './point-codec.ts'

/** What one request logs: points of several keys, in the order they came. */
export interface MetricBatch {
  readonly keys: readonly string[]
  /** For every point, which of `keys` it belongs to. */
  readonly keyOf: Uint16Array
  readonly points: Points
}

/** Gathers points into a batch. A batch holds at most 65,535 keys. */
export class MetricBatchBuilder {
  readonly #places = new Map<string, number>()
  readonly #keyOf: Uint16Array
  readonly #steps: Float64Array
  readonly #times: Float64Array
  readonly #values: Float64Array
  #stepLows: Float64Array | undefined
  #timeLows: Float64Array | undefined
  #length = 0

  /** `capacity` is the most points that are added. */
  constructor(capacity: number) {
    this.#keyOf = new Uint16Array(capacity)
    this.#steps = new Float64Array(capacity)
    this.#times = new Float64Array(capacity)
    this.#values = new Float64Array(capacity)
  }

  /** A time of NaN stands for "now" (see `withTimes`). */
  add(key: string, value: number, step: number, timeMs: number): void {
    let place = this.#places.get(key)
    if (place === undefined) {
      place = this.#places.size
      this.#places.set(key, place)
    }
    const i = this.#length
    this.#keyOf[i] = place
    this.#steps[i] = step
    this.#times[i] = timeMs
    this.#values[i] = value
    this.#length += 1
  }

  /** The rests beyond 2^53 of the step and time that were added last. */
  addLows(stepLow: number, timeLow: number): void {
    const [capacity, i] = [this.#steps.length, this.#length - 1]
    if (stepLow !== 0) (this.#stepLows ??= new Float64Array(capacity))[i] = stepLow
    if (timeLow !== 0) (this.#timeLows ??= new Float64Array(capacity))[i] = timeLow
  }

  /** Everything added so far. */
  batch(): MetricBatch {
    const all: Points = {
      length: this.#steps.length,
      steps: this.#steps,
      stepLows: this.#stepLows,
      times: this.#times,
      timeLows: this.#timeLows,
      values: this.#values,
    }
    return { keys: [...this.#places.keys()], keyOf: this.#keyOf, points: slicePoints(all, 0, this.#length) }
  }
}

export const noMetrics: MetricBatch = new MetricBatchBuilder(0).batch()

/** The batch with `nowMs` for every time that was left out. */
export function withTimes(batch: MetricBatch, nowMs: number): MetricBatch {
  const { times, length } = batch.points
  for (let i = 0; i < length; i += 1) {
    if (!Number.isNaN(times[i])) continue
    return { ...batch, points: { ...batch.points, times: times.map((time) => (Number.isNaN(time) ? nowMs : time)) } }
  }
  return batch
}

/**
 * A batch as bytes, little-endian, version 1: the version, the number of points (uint32), the number of keys (uint16), each
 * key as its length in bytes (uint16) and UTF-8, the points' keys (uint16 each; left out where there is one key), then the
 * columns of `point-codec.ts`.
 */
export function encodeBatch({ keys, keyOf, points }: MetricBatch): Uint8Array {
  const { length } = points
  const keyBytes = keys.reduce((sum, key) => sum + 2 + key.length * 3, 0)
  const bytes = Buffer.allocUnsafe(7 + keyBytes + length * 2 + maxColumnsBytes(length))
  bytes[0] = 1
  bytes.writeUInt32LE(length, 1)
  let end = bytes.writeUInt16LE(keys.length, 5)
  for (const key of keys) {
    const written = bytes.write(key, end + 2)
    bytes.writeUInt16LE(written, end)
    end += 2 + written
  }
  if (keys.length > 1) for (let i = 0; i < length; i += 1) end = bytes.writeUInt16LE(keyOf[i] ?? 0, end)
  return bytes.subarray(0, writeColumns(bytes, end, points))
}

/** A batch of its bytes. Throws an `Error` for a version that this program does not know. */
export function decodeBatch(encoded: Uint8Array): MetricBatch {
  const bytes = viewOf(encoded)
  checkVersion(bytes)
  const length = bytes.readUInt32LE(1)
  const keyCount = bytes.readUInt16LE(5)
  const keys: string[] = []
  let end = 7
  for (let i = 0; i < keyCount; i += 1) {
    const start = end + 2
    end = start + bytes.readUInt16LE(end)
    keys.push(bytes.toString('utf8', start, end))
  }
  const keyOf = new Uint16Array(length)
  if (keyCount > 1) {
    for (let i = 0; i < length; i += 1) keyOf[i] = bytes.readUInt16LE(end + i * 2)
    end += length * 2
  }
  return { keys, keyOf, points: readColumns(bytes, end, length) }
}

/** The points of one key, in the batch's order. */
export function pointsOfKey(batch: MetricBatch, key: string): Points | undefined {
  const place = batch.keys.indexOf(key)
  if (place < 0) return undefined
  return batch.keys.length === 1 ? batch.points : pickPoints(batch.points, placesOf(batch, place))
}

function placesOf({ keyOf, points }: MetricBatch, place: number): number[] {
  const places: number[] = []
  for (let i = 0; i < points.length; i += 1) if (keyOf[i] === place) places.push(i)
  return places
}

/** The points of several batches by key. */
export function groupByKey(batches: readonly MetricBatch[]): Map<string, Points> {
  const sizes = new Map<string, number>()
  for (const batch of batches) {
    const counts = countKeys(batch)
    for (const [place, key] of batch.keys.entries()) sizes.set(key, (sizes.get(key) ?? 0) + (counts[place] ?? 0))
  }
  const hasLows = batches.some(({ points }) => points.stepLows !== undefined || points.timeLows !== undefined)
  const groups = new Map([...sizes].map(([key, size]) => [key, new Group(size, hasLows)]))
  for (const batch of batches) {
    const own = batch.keys.map((key) => groups.get(key))
    for (let i = 0; i < batch.points.length; i += 1) own[batch.keyOf[i] ?? 0]?.add(batch.points, i)
  }
  return new Map([...groups].map(([key, group]) => [key, group.points]))
}

function countKeys({ keys, keyOf, points }: MetricBatch): Uint32Array {
  const counts = new Uint32Array(keys.length)
  for (let i = 0; i < points.length; i += 1) counts[keyOf[i] ?? 0] = (counts[keyOf[i] ?? 0] ?? 0) + 1
  return counts
}

class Group {
  readonly points: Points
  #filled = 0
  constructor(length: number, hasLows: boolean) {
    const column = () => new Float64Array(length)
    const lows = () => (hasLows ? column() : undefined)
    this.points = {
      length,
      steps: column(),
      stepLows: lows(),
      times: column(),
      timeLows: lows(),
      values: column(),
    }
  }
  add(from: Points, i: number): void {
    const { steps, stepLows, times, timeLows, values } = this.points
    const to = this.#filled
    steps[to] = at(from.steps, i)
    times[to] = at(from.times, i)
    values[to] = at(from.values, i)
    if (stepLows !== undefined) stepLows[to] = at(from.stepLows, i)
    if (timeLows !== undefined) timeLows[to] = at(from.timeLows, i)
    this.#filled += 1
  }
}
