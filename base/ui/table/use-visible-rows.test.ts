import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rowsInSight } from './use-visible-rows.ts'

describe('the rows in sight', () => {
  it('are all rows of a short table and a few of a long one', () => {
    expect(rowsInSight(0, 600, 30, 5)).toEqual({ from: 0, to: 5 })
    expect(rowsInSight(30_000, 600, 30, 10_000)).toEqual({ from: 988, to: 1_032 })
  })
  it('cover the view wherever one has scrolled', () => {
    fc.assert(
      fc.property(
        fc.nat(50_000),
        fc.integer({ min: 1, max: 2_000 }),
        fc.integer({ min: 20, max: 50 }),
        fc.nat(20_000),
        (scrollTop, view, row, count) => {
          const { from, to } = rowsInSight(scrollTop, view, row, count)
          expect(from >= 0 && from <= to && to <= count).toBe(true)
          const lastInView = Math.min(count, Math.ceil((scrollTop + view) / row))
          expect(to >= lastInView && (from === to || from * row <= scrollTop)).toBe(true)
        },
      ),
    )
  })
})
