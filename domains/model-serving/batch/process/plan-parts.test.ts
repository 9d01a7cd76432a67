import { describe, expect, it } from 'vitest'
import { cutsOf } from './plan-parts.ts'

describe('cutting rows into parts', () => {
  it('keeps small row groups together and cuts where they begin', () => {
    expect(cutsOf([122_880, 122_880, 122_880, 10])).toEqual([
      { from: 0, to: 245_760 },
      { from: 245_760, to: 368_650 },
    ])
  })

  it('cuts a large row group into even pieces', () => {
    expect(cutsOf([1_000_000]).map(({ from, to }) => to - from)).toEqual([250_000, 250_000, 250_000, 250_000])
  })

  it('has every row once and in order, whatever the groups are', () => {
    for (const groups of [[], [0], [1], [245_761], [3, 0, 900_001, 5, 5, 245_760]]) {
      const cuts = cutsOf(groups)
      const total = groups.reduce((sum, rows) => sum + rows, 0)
      expect(cuts.reduce((sum, { from, to }) => sum + to - from, 0)).toBe(total)
      cuts.forEach(({ from }, at) => expect(from).toBe(at === 0 ? 0 : cuts[at - 1]?.to))
    }
  })
})
