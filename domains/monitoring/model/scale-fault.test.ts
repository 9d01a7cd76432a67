import { describe, expect, it } from 'vitest'
import type { NumberColumn } from './column-statistics.ts'
import { confirmsScale, guessScale } from './scale-fault.ts'

const miles: NumberColumn = {
  kind: 'number',
  count: 100_000,
  missing: 0,
  wholeNumbers: false,
  distinct: 1000,
  min: 30,
  max: 4962,
  mean: 733,
  std: 571,
  quantiles: [190, 325, 570, 965, 1515],
}
const times = (factor: number, column = miles): NumberColumn => ({
  ...column,
  min: column.min * factor,
  max: column.max * factor,
  mean: column.mean * factor,
  std: column.std * factor,
  quantiles: column.quantiles.map((value) => value * factor),
})

describe('a change of unit', () => {
  it.each([
    [1.609344, 'kilometres where the reference has miles'],
    [1 / 1.609344, 'miles where the reference has kilometres'],
    [1000, 'thousandths where the reference has whole units (milliseconds, grams)'],
    [2.54, 'centimetres where the reference has inches'],
  ])('by %f is guessed and named', (factor, unit) => {
    const guess = guessScale(miles, times(factor), 1.25)
    expect(guess?.factor).toBeCloseTo(factor, 9)
    expect(guess?.unit).toBe(unit)
  })
  it('is told from noise: the nearest known unit is taken', () => {
    const noisy = { ...times(1.62), count: 1500, quantiles: [298, 530, 922, 1570, 2450] }
    expect(guessScale(miles, noisy, 1.25)?.factor).toBe(1.609344)
  })
  it.each([
    ['nothing moved', miles],
    ['everything moved a little', times(1.2)],
    ['everything moved by a factor of no unit', times(1.4)],
    ['only the far flights moved', { ...miles, quantiles: [190, 325, 700, 1553, 2438] }],
    ['the column is constant', { ...times(1.609344), std: 0 }],
    ['all is zero', times(0)],
    ['the sign turned', times(-1.609344)],
  ])('is not claimed where %s', (_what, column) => {
    expect(guessScale(miles, column, 1.25)).toBeUndefined()
  })
  it('is confirmed by a distance that noise explains', () => {
    expect(confirmsScale(0.012, 1426, 95_158)).toBe(true)
    expect(confirmsScale(0.12, 16_000, 950_000)).toBe(false)
  })
})
