const sampledValues = 100_000

/**
 * Inner edges that cut `values` into at most `binCount` bins of about equal size: ascending, distinct, each a value
 * that occurs. Repeated values may leave fewer bins. Of long columns every k-th value is used, at most 200,000 in all.
 * Throws a RangeError for a bin count that is no whole number of at least 1.
 */
export function quantileEdges(values: Float32Array, binCount: number): number[] {
  if (!Number.isInteger(binCount) || binCount < 1)
    throw new RangeError(`The number of bins is a whole number of at least 1, not ${binCount}.`)
  const stride = Math.max(1, Math.floor(values.length / sampledValues))
  const sorted = Float32Array.from(
    { length: Math.floor(values.length / stride) },
    (_, index) => values[index * stride] ?? 0,
  ).sort()
  const edges: number[] = []
  for (let bin = 1; bin < binCount; bin++) {
    const edge = sorted[Math.floor((bin * sorted.length) / binCount)]
    const previous = edges.at(-1) ?? sorted[0]
    if (edge !== undefined && previous !== undefined && edge > previous) edges.push(edge)
  }
  return edges
}
