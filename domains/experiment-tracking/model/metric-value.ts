import type { MetricValue } from './run.ts'

/** Reads a metric's value as a number. */
export function toNumber(value: MetricValue): number {
  return typeof value === 'number' ? value : Number(value)
}

/** Writes a number as JSON can carry it: NaN and infinities as text. */
export function toMetricValue(value: number): MetricValue {
  if (Number.isFinite(value)) return value
  if (Number.isNaN(value)) return 'NaN'
  return value > 0 ? 'Infinity' : '-Infinity'
}
