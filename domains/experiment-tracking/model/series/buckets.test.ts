import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { drawnPoints } from './buckets.ts'

const aSeries = fc.array(fc.tuple(fc.integer({ min: 0, max: 50 }), fc.oneof(fc.integer(), fc.constant(Number.NaN))), {
  minLength: 1,
  maxLength: 300,
})

describe('a series at the resolution of a screen', () => {
  it('keeps both ends and every bucket’s least and greatest, in order of x, and invents nothing', () => {
    fc.assert(
      fc.property(aSeries, fc.integer({ min: 1, max: 10 }), (points, buckets) => {
        const sorted = points.toSorted(([a], [b]) => a - b)
        const [x, y] = [Float64Array.from(sorted, ([a]) => a), Float64Array.from(sorted, ([, b]) => b)]
        const drawn = drawnPoints(x, y, buckets)
        expect(drawn.x.length).toBeLessThanOrEqual(Math.max(4 * buckets, 4))
        expect(drawn.x).toEqual(drawn.x.toSorted())
        expect([drawn.x[0], drawn.x.at(-1)]).toEqual([x[0], x.at(-1)])
        const numbers = [...y].filter((value) => !Number.isNaN(value))
        const shown = [...drawn.y].filter((value) => !Number.isNaN(value))
        expect([Math.min(...shown), Math.max(...shown)]).toEqual([Math.min(...numbers), Math.max(...numbers)])
        const pairs = new Set(sorted.map(([a, b]) => `${a} ${b}`))
        expect([...drawn.x].every((at, i) => pairs.has(`${at} ${drawn.y[i]}`))).toBe(true)
      }),
    )
  })
})
