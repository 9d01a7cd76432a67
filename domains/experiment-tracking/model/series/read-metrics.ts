import { z } from 'zod'
import { Key } from '../run.ts'
import type { MetricBatch } from './metric-batch.ts'
import { MetricBatchBuilder } from './metric-batch.ts'
import type { Wide } from './wide.ts'
import { toWide } from './wide.ts'

/** An integer of 64 bits as its digits, where a number would round it. */
const Digits = z.string().regex(/^-?\d{1,19}$/)

/** One point as a request has it. `timestampMs` is now where it is left out; `step` may have a fraction. */
export const LoggedMetric = z.object({
  key: Key,
  value: z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity'])]),
  step: z.union([z.number(), Digits]).default(0),
  timestampMs: z.union([z.int(), Digits]).optional(),
})
export type LoggedMetric = z.input<typeof LoggedMetric>

const mostPoints = 20_000

/**
 * The points of a request as columns. Checked by hand, since a schema takes milliseconds for a thousand points; what it says
 * of a fault has a schema's form. A `MetricBatch` passes as it is.
 */
export const LoggedMetrics = z
  .custom<readonly LoggedMetric[] | MetricBatch>()
  .transform((given, context): MetricBatch => {
    if (!Array.isArray(given)) {
      if (isBatch(given)) return given
      context.addIssue({ code: 'custom', message: 'must be a list of points' })
      return z.NEVER
    }
    const list: readonly unknown[] = given
    if (list.length > mostPoints) {
      context.addIssue({
        code: 'custom',
        message: `holds ${list.length} points; at most ${mostPoints} fit in a request`,
      })
      return z.NEVER
    }
    const builder = new MetricBatchBuilder(list.length)
    for (const [index, member] of list.entries()) {
      const fault = addPoint(builder, member)
      if (fault === undefined) continue
      context.addIssue({ code: 'custom', path: [index, fault.field], message: fault.message })
      return z.NEVER
    }
    return builder.batch()
  })
  .meta({ type: 'array', maxItems: mostPoints, items: itemsSchema() })

function itemsSchema() {
  const { $schema: _dialect, ...schema } = z.toJSONSchema(LoggedMetric, { io: 'input' })
  return schema
}

function isBatch(given: unknown): given is MetricBatch {
  return typeof given === 'object' && given !== null && 'keyOf' in given && given.keyOf instanceof Uint16Array
}

interface Fault {
  readonly field: string
  readonly message: string
}

function addPoint(builder: MetricBatchBuilder, member: unknown): Fault | undefined {
  if (typeof member !== 'object' || member === null) return { field: 'key', message: 'is missing' }
  const { key, value, step = 0, timestampMs } = member as Readonly<Record<string, unknown>> // an object, read field by field
  const [number, wideStep, wideTime] = [numberOf(value), toWide(step), timeOf(timestampMs)]
  if (typeof key !== 'string' || !isKey(key)) {
    return { field: 'key', message: 'must be a text of 1 to 250 characters without control characters' }
  }
  if (number === undefined) return { field: 'value', message: 'must be a number, or "NaN", "Infinity" or "-Infinity"' }
  if (wideStep === undefined) return { field: 'step', message: 'must be a number, or an integer of 64 bits as digits' }
  if (wideTime === undefined) return { field: 'timestampMs', message: 'must be an integer, as a number or as digits' }
  builder.add(key, number, wideStep.high, wideTime.high)
  builder.addLows(wideStep.low, wideTime.low)
  return undefined
}

/** NaN stands for a time that is left out. */
function timeOf(timestampMs: unknown): Wide | undefined {
  if (timestampMs === undefined) return { high: Number.NaN, low: 0 }
  const time = toWide(timestampMs)
  return time !== undefined && Number.isInteger(time.high) ? time : undefined
}

// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const control = /[\u0000-\u001f\u007f]/

function isKey(key: string): boolean {
  return key.length > 0 && key.length <= 250 && !control.test(key)
}

function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value
  return value === 'NaN' || value === 'Infinity' || value === '-Infinity' ? Number(value) : undefined
}
