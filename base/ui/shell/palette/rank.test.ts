import { describe, expect, it } from 'vitest'
import { rank } from './rank.ts'

const names = ['bag-misroute', 'flight-delay', 'flight-delay-retrain', 'Data sets', 'Fairness']

describe('the palette’s order', () => {
  it('puts beginnings first and the shorter name before the longer', () => {
    expect(rank(names, 'flight del', (name) => name)).toEqual(['flight-delay', 'flight-delay-retrain'])
  })
  it('finds letters that begin words', () => {
    expect(rank(names, 'fdr', (name) => name)[0]).toBe('flight-delay-retrain')
  })
  it('drops what does not match and keeps all for an empty query', () => {
    expect(rank(names, 'zz', (name) => name)).toEqual([])
    expect(rank(names, ' ', (name) => name)).toEqual(names)
  })
})
