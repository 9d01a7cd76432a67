import { z } from 'zod'
import type { MetricBatch } from './metric-batch.ts'
import { MetricBatchBuilder, noMetrics } from './metric-batch.ts'
import type { Wide } from './wide.ts'
import { toWide } from './wide.ts'

/** The points of one metric as columns of equal length; NaN and infinities as text, integers beyond 2^53 as digits. */
export interface GivenSeries {
  readonly key: string
  readonly steps: readonly (number | string)[]
  readonly timesMs: readonly (number | string)[]
  readonly values: readonly (number | string)[]
}

const mostPoints = 100_000

/** Points as columns, checked by hand: a schema would take longer than all the rest for a hundred thousand points. */
export const MetricSeries = z
  .custom<readonly GivenSeries[]>()
  .default([])
  .transform((given, context): MetricBatch => {
    const fault = faultIn(given)
    if (fault === undefined) {
      const batch = batchOf(given)
      if (batch !== undefined) return batch
    }
    context.addIssue({ code: 'custom', message: fault ?? 'holds a value, a step or a time that is not a number' })
    return z.NEVER
  })

function faultIn(given: readonly GivenSeries[]): string | undefined {
  if (!Array.isArray(given)) return 'must be a list of series'
  let points = 0
  for (const series of given as readonly unknown[]) {
    if (!isSeries(series)) return 'must hold series: key, steps, timesMs and values, of equal length'
    points += series.values.length
  }
  return points > mostPoints ? `holds ${points} points; at most ${mostPoints} fit in a request` : undefined
}

function isSeries(given: unknown): given is GivenSeries {
  if (typeof given !== 'object' || given === null) return false
  const { key, steps, timesMs, values } = given as Readonly<Record<string, unknown>> // an object, read field by field
  if (typeof key !== 'string' || key.length === 0 || key.length > 250) return false
  if (!Array.isArray(steps) || !Array.isArray(timesMs) || !Array.isArray(values)) return false
  return steps.length === values.length && timesMs.length === values.length
}

function batchOf(given: readonly GivenSeries[]): MetricBatch | undefined {
  const points = given.reduce((sum, { values }) => sum + values.length, 0)
  if (points === 0) return noMetrics
  const builder = new MetricBatchBuilder(points)
  for (const { key, steps, timesMs, values } of given) {
    for (const [index, value] of values.entries()) {
      const [number, step, time] = [numberOf(value), toWide(steps[index]), toWide(timesMs[index])]
      if (number === undefined || step === undefined || !isWhole(time)) return undefined
      builder.add(key, number, step.high, time.high)
      builder.addLows(step.low, time.low)
    }
  }
  return builder.batch()
}

function isWhole(time: Wide | undefined): time is Wide {
  return time !== undefined && Number.isInteger(time.high)
}

function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value
  return value === 'NaN' || value === 'Infinity' || value === '-Infinity' ? Number(value) : undefined
}
