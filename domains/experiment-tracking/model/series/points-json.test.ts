import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MetricBatchBuilder } from './metric-batch.ts'
import { pointsJson } from './points-json.ts'
import { toWide } from './wide.ts'

const aNumber = fc.oneof(
  fc.maxSafeInteger(),
  fc.integer(),
  fc.constantFrom(0, 1e308, -1e21, 2 ** 70, 999_999_999, 1e9, -1e9, 2 ** 31, 2 ** 53 - 1, 0.5, -1.25),
)

describe('points as JSON', () => {
  it('are what JSON would write of them', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(aNumber, fc.maxSafeInteger(), fc.double({ noNaN: true }))), (points) => {
        const builder = new MetricBatchBuilder(points.length)
        for (const [step, time, value] of points) builder.add('k', value, step, time)
        const text = pointsJson(builder.batch().points, '{"key":"é",', ',"run_id":"r"}').toString()
        const expected = points.map(([step, time, value]) => ({
          key: 'é',
          value: Number.isFinite(value) ? value + 0 : String(value),
          timestamp: time + 0,
          step: step + 0,
          run_id: 'r',
        }))
        expect(JSON.parse(`[${text}]`)).toEqual(expected)
      }),
    )
  })
  it('keep integers of 64 bits digit by digit, and NaN as text', () => {
    const builder = new MetricBatchBuilder(1)
    const [step, time] = [toWide(2n ** 63n - 1n), toWide(-(2n ** 53n) - 1n)]
    builder.add('k', Number.NaN, step?.high ?? 0, time?.high ?? 0)
    builder.addLows(step?.low ?? 0, time?.low ?? 0)
    expect(pointsJson(builder.batch().points, '{').toString()).toBe(
      '{"value":"NaN","timestamp":-9007199254740993,"step":9223372036854775807}',
    )
  })
})
