import { describe, expect, it } from 'vitest'
import { randomColumns } from '../testing/random-columns.ts'
import { columnsOfDays, joinColumns, regroupColumns, sliceColumns } from './feature-columns.ts'

describe('feature columns', () => {
  it('keep every row in order when they are regrouped', async () => {
    const rows = randomColumns(1_000, 1)
    const parts = [0, 7, 7, 300, 301, 999, 1_000].map((from, index, cuts) =>
      sliceColumns(rows, from, cuts[index + 1] ?? 1_000),
    )
    for (const rowsPerPart of [1, 32, 250, 1_000, 5_000]) {
      const regrouped = await Array.fromAsync(regroupColumns(parts, rowsPerPart))
      expect(joinColumns(regrouped)).toEqual(rows)
      expect(regrouped.slice(0, -1).every((part) => part.late.length === rowsPerPart)).toBe(true)
    }
  })

  it('are cut at midnight by a range of days', () => {
    const rows = randomColumns(3 * 1_440, 1)
    const day = columnsOfDays(rows, { from: '2001-01-02', to: '2001-01-03' })
    expect([day.flightId[0], day.flightId.at(-1)]).toEqual([1_440, 2_879])
    expect(columnsOfDays(rows, { from: '2001-02-01', to: '2001-03-01' }).late).toHaveLength(0)
  })

  it('refuse parts of no rows', async () => {
    await expect(Array.fromAsync(regroupColumns([], 0))).rejects.toThrow('whole number of rows')
  })
})
