import { toMetricValue } from '../metric-value.ts'
import type { MetricSummary } from '../run.ts'
import type { SeriesSummary } from './summary.ts'
import { wideValue } from './wide.ts'

/** What is known of a series, as answers show it. */
export function shownSummary({ points, finite, sum, first, last, min, max }: SeriesSummary): MetricSummary {
  return {
    step: wideValue(last.step.high, last.step.low),
    timestampMs: wideValue(last.at.high, last.at.low),
    points,
    min: min === undefined ? null : toMetricValue(min.value),
    max: max === undefined ? null : toMetricValue(max.value),
    minStep: min?.step ?? null,
    maxStep: max?.step ?? null,
    first: toMetricValue(first.value),
    mean: finite === 0 || !Number.isFinite(sum) ? null : sum / finite,
  }
}
