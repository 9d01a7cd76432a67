import { describe, expect, it } from 'vitest'
import { columnsInSight } from './column-window.ts'

describe('the columns in sight', () => {
  const widths = Array.from({ length: 1000 }, () => 100)
  it('are few of many, wherever one has scrolled', () => {
    expect(columnsInSight(widths, -480, 1480)).toEqual({ from: 0, to: 15 })
    expect(columnsInSight(widths, 50_050, 51_000)).toEqual({ from: 500, to: 511 })
    expect(columnsInSight(widths, 99_500, 101_000)).toEqual({ from: 994, to: 1000 })
  })
  it('are none beside an empty table', () => {
    expect(columnsInSight([], 0, 100)).toEqual({ from: 0, to: 0 })
  })
})
