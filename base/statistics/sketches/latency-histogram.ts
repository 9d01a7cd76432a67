import { at } from '../at.ts'

/** Buckets in each doubling; the midpoint is then within 1/128 of every value in its bucket. */
const bucketsPerOctave = 64
const lowestExponent = -10
const octaves = 34
const bucketCount = octaves * bucketsPerOctave

/** What `toJSON` writes: the non-empty buckets as [index, count] pairs. Values are in milliseconds. */
export type LatencyHistogramJson = {
  readonly version: 1
  readonly buckets: readonly (readonly [number, number])[]
  readonly sum: number
  readonly min: number
  readonly max: number
}

/** A distribution of durations in fixed memory (17 KB). All values in milliseconds. */
export type LatencyHistogram = {
  /** Adds one duration. No allocation. Throws RangeError for NaN, infinite or negative durations. */
  readonly record: (durationMs: number) => void
  /** Adds all of another histogram; the result is the same as recording its durations here. */
  readonly merge: (other: LatencyHistogram) => void
  /** The nearest-rank quantile, 0..1, within 0.8 % (exact at 0 and 1); NaN when empty. */
  readonly quantile: (q: number) => number
  /** How many durations are at most `limitMs`, as far as buckets tell: a bucket counts when its midpoint does. */
  readonly countAtMost: (limitMs: number) => number
  readonly count: () => number
  readonly mean: () => number
  readonly toJSON: () => LatencyHistogramJson
}

/**
 * A histogram whose buckets divide each doubling of the duration into 64 equal parts (as HdrHistogram, Tene), from about a
 * microsecond to 4.6 hours; shorter and longer ones go to the first and last bucket, `min` and `max` stay exact.
 * Relative error as DDSketch (Masson, Rim and Lee, VLDB 2019): every quantile within 1/128.
 */
export function createLatencyHistogram(from?: LatencyHistogramJson): LatencyHistogram {
  const counts = new Float64Array(bucketCount)
  const totals = { count: 0, sum: 0, min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY }
  const absorb = (json: LatencyHistogramJson): void => {
    for (const [index, count] of json.buckets) {
      counts[index] = at(counts, index) + count
      totals.count += count
    }
    if (json.buckets.length === 0) return
    totals.sum += json.sum
    totals.min = Math.min(totals.min, json.min)
    totals.max = Math.max(totals.max, json.max)
  }
  if (from !== undefined) absorb(checked(from))
  return {
    record: (durationMs) => {
      if (!(durationMs >= 0 && durationMs < Number.POSITIVE_INFINITY)) {
        throw new RangeError(`A duration is a finite number of milliseconds, at least 0; got ${durationMs}.`)
      }
      const index = bucketOf(durationMs)
      counts[index] = at(counts, index) + 1
      totals.count += 1
      totals.sum += durationMs
      if (durationMs < totals.min) totals.min = durationMs
      if (durationMs > totals.max) totals.max = durationMs
    },
    merge: (other) => absorb(other.toJSON()),
    quantile: (q) => quantileOf(counts, totals, q),
    countAtMost: (limitMs) => {
      let sum = 0
      for (let index = 0; index < bucketCount && midpointOf(index) <= limitMs; index += 1) sum += at(counts, index)
      return limitMs >= totals.max ? totals.count : sum
    },
    count: () => totals.count,
    mean: () => totals.sum / totals.count,
    toJSON: () => toJson(counts, totals),
  }
}

type Totals = { count: number; sum: number; min: number; max: number }

const bits = new Float64Array(1)
const words = new Uint32Array(bits.buffer)
/** Index of the word with sign and exponent: 1 on little-endian machines. */
const highWord = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 1 : 0

/** The exponent and the first six bits of the fraction are the bucket: no logarithm on the hot path. */
function bucketOf(durationMs: number): number {
  bits[0] = durationMs
  const index = (at(words, highWord) >>> 14) - (1023 + lowestExponent) * bucketsPerOctave
  if (index < 0) return 0
  return index < bucketCount ? index : bucketCount - 1
}

/** The middle of a bucket, in milliseconds. */
export function midpointOf(index: number): number {
  const octave = Math.floor(index / bucketsPerOctave)
  const part = (index % bucketsPerOctave) + 0.5
  return 2 ** (lowestExponent + octave) * (1 + part / bucketsPerOctave)
}

function quantileOf(counts: Float64Array, totals: Totals, q: number): number {
  if (totals.count === 0 || !(q >= 0 && q <= 1)) return Number.NaN
  const rank = Math.max(1, Math.ceil(q * totals.count))
  if (rank === 1) return totals.min
  if (rank >= totals.count) return totals.max
  let index = 0
  for (let seen = at(counts, 0); seen < rank; seen += at(counts, index)) index += 1
  return Math.min(totals.max, Math.max(totals.min, midpointOf(index)))
}

function toJson(counts: Float64Array, totals: Totals): LatencyHistogramJson {
  const buckets: [number, number][] = []
  for (let index = 0; index < bucketCount; index += 1) {
    const count = at(counts, index)
    if (count > 0) buckets.push([index, count])
  }
  const empty = totals.count === 0
  return { version: 1, buckets, sum: totals.sum, min: empty ? 0 : totals.min, max: empty ? 0 : totals.max }
}

function checked(json: LatencyHistogramJson): LatencyHistogramJson {
  const sound = json.buckets.every(
    ([index, count]) => Number.isInteger(index) && index >= 0 && index < bucketCount && count > 0,
  )
  if (json.version !== 1 || !sound) throw new RangeError('This is not a latency histogram that this version wrote.')
  return json
}
