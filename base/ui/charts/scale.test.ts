import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { niceTicks, robustRange, smooth } from './scale.ts'

describe('axis ticks', () => {
  it('are round numbers inside the range', () => {
    expect(niceTicks(0, 480, 3)).toEqual([0, 200, 400])
    expect(niceTicks(0.735, 0.82, 4)).toEqual([0.75, 0.775, 0.8])
    expect(niceTicks(3, 3)).toEqual([3])
  })
  it('never leave the range', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1e6, max: 1e6, noNaN: true }),
        fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
        (low, span) => {
          for (const tick of niceTicks(low, low + span))
            expect(tick >= low - span * 1e-6 && tick <= low + span * 1.001).toBe(true)
        },
      ),
    )
  })
})

describe('the range of a chart', () => {
  it('does not follow one wild point among many', () => {
    const values = [...Array.from({ length: 200 }, (_, at) => at / 200), 1e9]
    expect(robustRange(values)[1]).toBeLessThan(2)
  })
  it('includes a limit and survives having no values', () => {
    expect(robustRange([1, 2], [10])[1]).toBeGreaterThan(10)
    expect(robustRange([])[0]).toBeLessThan(robustRange([])[1])
  })
})

describe('smoothing', () => {
  it('leaves a constant as it is, keeps gaps, and is the identity at weight 0', () => {
    expect(smooth([2, null, 2], 0.9).map((value) => value && Number(value.toFixed(9)))).toEqual([2, null, 2])
    expect(smooth([1, 5, 2], 0)).toEqual([1, 5, 2])
  })
})
