import type { LatencyHistogramJson } from './latency-histogram.ts'
import { midpointOf } from './latency-histogram.ts'

/**
 * What came to a histogram since an earlier state of the same one. Its least and greatest duration are the middles of its
 * outer buckets: those of the whole are not those of the part. Buckets that shrank count as empty.
 */
export function latencyDifference(later: LatencyHistogramJson, earlier: LatencyHistogramJson): LatencyHistogramJson {
  const before = new Map(earlier.buckets)
  const buckets = later.buckets
    .map(([index, count]) => [index, count - (before.get(index) ?? 0)] as const)
    .filter(([, count]) => count > 0)
  const [first] = buckets
  const last = buckets.at(-1)
  return {
    version: 1,
    buckets,
    sum: Math.max(0, later.sum - earlier.sum),
    min: first === undefined ? 0 : Math.max(later.min, midpointOf(first[0])),
    max: last === undefined ? 0 : Math.min(later.max, midpointOf(last[0])),
  }
}
