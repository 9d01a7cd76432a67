import { at } from '../at.ts'
import { sortedFinite, total, type ValueCounts, valueCounts } from './value-counts.ts'

/**
 * Enough about a sample to place numpy's bins. `count` ≥ 1 finite values from `low` to `high`. `wholeNumbers`: the
 * column's type is an integer, for which numpy makes no bin narrower than 1.
 */
export type SampleRange = {
  readonly count: number
  readonly low: number
  readonly high: number
  readonly wholeNumbers?: boolean
}

/** Edges (bins + 1 of them, equal widths) by Sturges' rule, width = (high − low)/(log2 n + 1). As numpy.histogram_bin_edges(…, 'sturges'). */
export function sturgesEdges(range: SampleRange): Float64Array {
  return equalWidthEdges(range, (range.high - range.low) / (Math.log2(range.count) + 1))
}

/**
 * Edges by Doane's rule, Sturges corrected for skewness (Doane, American Statistician 30, 1976). `skewness` is the
 * population skewness mean(((x − μ)/σ)³). As numpy.histogram_bin_edges(…, 'doane'): below three values, one bin.
 */
export function doaneEdges(range: SampleRange & { readonly skewness: number }): Float64Array {
  const n = range.count
  if (n <= 2) return equalWidthEdges(range, 0)
  const spread = Math.sqrt((6 * (n - 2)) / ((n + 1) * (n + 3)))
  const bins = 1 + Math.log2(n) + Math.log2(1 + Math.abs(range.skewness) / spread)
  const constant = range.high === range.low
  return equalWidthEdges(range, constant ? 0 : (range.high - range.low) / bins)
}

/** What `sturgesEdges` and `doaneEdges` need to know about a sample; NaN and infinite values are left out. Throws RangeError when nothing is left. */
export function rangeOf(sample: ArrayLike<number>, wholeNumbers = false): SampleRange & { readonly skewness: number } {
  const values = sortedFinite(sample)
  if (values.length === 0) throw new RangeError('Bins need at least one finite value.')
  let mean = 0
  for (const value of values) mean += value / values.length
  let second = 0
  let third = 0
  for (const value of values) {
    second += (value - mean) ** 2 / values.length
    third += (value - mean) ** 3 / values.length
  }
  const skewness = second > 0 ? third / second ** 1.5 : 0
  return { count: values.length, low: at(values, 0), high: at(values, values.length - 1), wholeNumbers, skewness }
}

/** How many values lie in each bin, the last one closed on both sides; values outside, NaN included, are not counted. As numpy.histogram. */
export function binCounts(sample: ArrayLike<number>, edges: ArrayLike<number>): Float64Array {
  const counts = new Float64Array(edges.length - 1)
  for (let index = 0; index < sample.length; index += 1) addToBin(counts, edges, at(sample, index), 1)
  return counts
}

/** Two samples over one set of bins. `edges` is null where each distinct value is its own bin. */
export type CommonBins = {
  readonly edges: Float64Array | null
  readonly reference: Float64Array
  readonly current: Float64Array
}

/**
 * The bins that drift distances use: above 20 distinct reference values Sturges' bins over both samples together,
 * else one bin per distinct value. The rule of Evidently 0.7, so that figures can be compared.
 */
export function commonBins(reference: ArrayLike<number>, current: ArrayLike<number>, wholeNumbers = false): CommonBins {
  const table = valueCounts(reference, current)
  let distinct = 0
  for (const count of table.reference) distinct += count > 0 ? 1 : 0
  if (distinct <= 20) return { edges: null, reference: table.reference, current: table.current }
  return binsOf(table, total(table.reference) + total(table.current), wholeNumbers)
}

/** Sturges' bins over a table of values, as if the range had been seen `count` times. */
export function binsOf(
  table: ValueCounts,
  count: number,
  wholeNumbers: boolean,
): CommonBins & { readonly edges: Float64Array } {
  const [low, high] = [at(table.values, 0), at(table.values, table.values.length - 1)]
  const edges = sturgesEdges({ count, low, high, wholeNumbers })
  const reference = new Float64Array(edges.length - 1)
  const current = new Float64Array(edges.length - 1)
  for (let index = 0; index < table.values.length; index += 1) {
    addToBin(reference, edges, at(table.values, index), at(table.reference, index))
    addToBin(current, edges, at(table.values, index), at(table.current, index))
  }
  return { edges, reference, current }
}

function equalWidthEdges(range: SampleRange, width: number): Float64Array {
  const { low, high, wholeNumbers } = range
  if (low === high) return Float64Array.of(low - 0.5, high + 0.5)
  const usable = wholeNumbers === true ? Math.max(1, width) : width
  const bins = usable > 0 ? Math.ceil((high - low) / usable) : 1
  const step = (high - low) / bins
  const edges = Float64Array.from({ length: bins + 1 }, (_, index) => low + index * step)
  edges[bins] = high
  return edges
}

/** The first guess is arithmetic; rounding can put it one bin off, so the edges decide. */
function addToBin(counts: Float64Array, edges: ArrayLike<number>, value: number, weight: number): void {
  const last = counts.length - 1
  const [low, high] = [at(edges, 0), at(edges, last + 1)]
  if (!(value >= low && value <= high)) return
  let index = Math.min(last, Math.floor(((value - low) / (high - low)) * counts.length))
  while (index > 0 && value < at(edges, index)) index -= 1
  while (index < last && value >= at(edges, index + 1)) index += 1
  counts[index] = at(counts, index) + weight
}
