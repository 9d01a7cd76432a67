import { createLatencyHistogram } from '@millrace/statistics'
import { describe, expect, it } from 'vitest'
import type { DeploymentCounts } from '../../model/plane-snapshot.ts'
import { figuresSince } from './counts-since.ts'
import { seriesOf, stepFor } from './series-of-minutes.ts'

/** Counts of a process that has answered so many requests in so many milliseconds each. */
function countsOf(latenciesMs: readonly number[]): DeploymentCounts {
  const latency = createLatencyHistogram()
  for (const each of latenciesMs) latency.record(each)
  const requests = latenciesMs.length
  const batches = requests === 0 ? [] : [[2, requests] as const]
  const own = { deploymentId: 'dep_1', requests, rows: requests * 2, errors: 0, runs: requests, batches }
  return { ...own, latency: latency.toJSON(), queue: latency.toJSON(), cacheHits: 0, cacheMisses: 0 }
}

describe('what a deployment did over time', () => {
  it('is what came between two counts of a process, and all of its counts when it started anew', () => {
    const [before, after] = [countsOf([1, 1]), countsOf([1, 1, 50])]
    expect(figuresSince(after, before)).toMatchObject({ requests: 1, rows: 2, runs: 1, batches: [[2, 1]] })
    expect(figuresSince(before, undefined)).toMatchObject({ requests: 2, rows: 4, batches: [[2, 2]] })
  })
  it('is put together to points of whole minutes, with the quantiles of all their answers', () => {
    const minuteOf = (nth: number, latenciesMs: readonly number[]) => ({
      deploymentId: 'dep_1',
      version: 1,
      minuteMs: nth * 60_000,
      figures: figuresSince(countsOf(latenciesMs), undefined),
    })
    const points = seriesOf([minuteOf(0, [1, 1, 1]), minuteOf(1, [100]), minuteOf(2, [])], 120_000)
    expect(points.map(({ atMs, requests, batchRows }) => [atMs, requests, batchRows])).toEqual([
      [0, 4, 2],
      [120_000, 0, null],
    ])
    expect(points[0]?.rate).toBeCloseTo(4 / 120, 9)
    expect(points[0]?.latencyMs?.p50).toBeCloseTo(1, 0)
    expect(points[0]?.latencyMs?.p999).toBeGreaterThan(90)
    expect(points[1]?.latencyMs).toBeNull()
  })
  it('has at most three hundred points', () => {
    expect(stepFor(0, 3_600_000)).toBe(60_000)
    expect(stepFor(0, 7 * 24 * 3_600_000)).toBe(34 * 60_000)
  })
})
