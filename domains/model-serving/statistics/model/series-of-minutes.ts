import type { LatencyHistogramJson } from '@millrace/statistics'
import { createLatencyHistogram } from '@millrace/statistics'
import type { Figures } from './counts-since.ts'
import { addFigures } from './counts-since.ts'
import type { Quantiles, SeriesPoint } from './series-endpoints.ts'

/** A deployment's minute, as far as the series needs it. */
export interface MinuteFigures {
  readonly deploymentId: string
  readonly version: number
  readonly minuteMs: number
  readonly figures: Figures
}

const minute = 60_000
const mostPoints = 300

/** The length of a point that gives at most 300 of them: whole minutes. */
export function stepFor(fromMs: number, toMs: number): number {
  return Math.max(1, Math.ceil((toMs - fromMs) / mostPoints / minute)) * minute
}

/** Minutes put together to points of `stepMs`, oldest first. */
export function seriesOf(minutes: readonly MinuteFigures[], stepMs: number): SeriesPoint[] {
  const groups = Map.groupBy(
    minutes,
    ({ deploymentId, minuteMs }) => `${Math.floor(minuteMs / stepMs) * stepMs} ${deploymentId}`,
  )
  return [...groups.values()]
    .flatMap((group) => {
      const [first] = group
      if (first === undefined) return []
      const { deploymentId, version, minuteMs } = first
      const figures = group.map((one) => one.figures).reduce(addFigures)
      return [pointOf({ deploymentId, version, figures, minuteMs: Math.floor(minuteMs / stepMs) * stepMs }, stepMs)]
    })
    .toSorted((one, other) => one.atMs - other.atMs || one.version - other.version)
}

function pointOf({ deploymentId, version, minuteMs, figures }: MinuteFigures, stepMs: number): SeriesPoint {
  const { requests, rows, errors, cacheHits, cacheMisses, latency, queue } = figures
  return {
    deploymentId,
    version,
    requests,
    rows,
    errors,
    cacheHits,
    cacheMisses,
    atMs: minuteMs,
    rate: requests / (stepMs / 1000),
    latencyMs: quantilesOf(latency),
    queueMs: quantilesOf(queue),
    batchRows: meanBatch(figures.batches),
  }
}

/** Null when nothing was recorded. */
export function quantilesOf(json: LatencyHistogramJson): Quantiles {
  const histogram = createLatencyHistogram(json)
  if (histogram.count() === 0) return null
  const at = (q: number) => histogram.quantile(q)
  return { mean: histogram.mean(), p50: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99), p999: at(0.999) }
}

/** Rows in a run, on average. */
export function meanBatch(batches: Figures['batches']): number | null {
  let [runs, sum] = [0, 0]
  for (const [rows, count] of batches) {
    runs += count
    sum += rows * count
  }
  return runs === 0 ? null : sum / runs
}
