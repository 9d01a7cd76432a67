import { describe, expect, it } from 'vitest'
import { summarise } from './series.ts'

const point = (step: number, atMs: number, value: number) => ({ step, atMs, value })

describe('the summary of a series', () => {
  it('keeps the latest by step, then time, then value, in whatever order points come', () => {
    const points = [point(1, 1, 1), point(2, 2, 2), point(3, 3, 3), point(2, 5, 1.5)]
    for (const order of [points, points.toReversed()]) {
      expect(summarise(undefined, order)).toEqual({ points: 4, last: point(3, 3, 3), min: 1, max: 3 })
    }
  })
  it('leaves NaN out of least and greatest, and lets a number win over it', () => {
    const summary = summarise(undefined, [
      point(0, 0, Number.NaN),
      point(0, 0, -1),
      point(0, 0, Number.POSITIVE_INFINITY),
    ])
    expect(summary).toEqual({
      points: 3,
      last: point(0, 0, Number.POSITIVE_INFINITY),
      min: -1,
      max: Number.POSITIVE_INFINITY,
    })
    expect(summarise(undefined, [])).toBeUndefined()
  })
})
