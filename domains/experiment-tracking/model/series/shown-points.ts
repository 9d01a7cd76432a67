import { toMetricValue } from '../metric-value.ts'
import type { MetricPoint } from '../run.ts'
import type { Points } from './points.ts'
import { at } from './points.ts'
import { wideValue } from './wide.ts'

/** Point `i` as our answers show it. */
export function shownPoint(points: Points, i: number): MetricPoint {
  return {
    step: wideValue(at(points.steps, i), at(points.stepLows, i)),
    value: toMetricValue(at(points.values, i)),
    timestampMs: wideValue(at(points.times, i), at(points.timeLows, i)),
  }
}
