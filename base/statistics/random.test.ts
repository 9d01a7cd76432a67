import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRandom, integerVariate, normalVariate, shuffled } from './random.ts'

const draw = (count: number, random: () => number): number[] => Array.from({ length: count }, () => random())

describe('a seeded source of random numbers', () => {
  it('repeats itself for the same seeds and differs for others', () => {
    expect(draw(5, createRandom('study', 7))).toEqual(draw(5, createRandom('study', 7)))
    expect(draw(5, createRandom('study', 7))).not.toEqual(draw(5, createRandom('study', 8)))
    expect(draw(5, createRandom('study', 7))).not.toEqual(draw(5, createRandom('study7')))
  })

  it('gives the same stream on every machine', () => {
    expect(draw(3, createRandom(1))).toMatchInlineSnapshot(`
      [
        0.24135072390182666,
        0.9737793306419922,
        0.42645883725694744,
      ]
    `)
  })

  it('stays in [0, 1) and fills it evenly, also over neighbouring seeds', () => {
    const tenths = Array.from({ length: 10 }, () => 0)
    for (let seed = 0; seed < 2000; seed += 1) {
      for (const uniform of draw(10, createRandom(seed))) {
        expect(uniform >= 0 && uniform < 1).toBe(true)
        const tenth = Math.floor(uniform * 10)
        tenths[tenth] = (tenths[tenth] ?? 0) + 1
      }
    }
    const chiSquared = tenths.reduce((sum, count) => sum + (count - 2000) ** 2 / 2000, 0)
    expect(chiSquared).toBeLessThan(27.9)
  })

  it('normal variates have the mean and spread asked for', () => {
    const random = createRandom('normal')
    const variates = draw(20_000, () => normalVariate(random, 3, 2))
    const mean = variates.reduce((sum, x) => sum + x, 0) / variates.length
    const variance = variates.reduce((sum, x) => sum + (x - mean) ** 2, 0) / variates.length
    expect(Math.abs(mean - 3)).toBeLessThan(0.05)
    expect(Math.abs(variance - 4)).toBeLessThan(0.15)
  })

  it('whole numbers include both ends', () => {
    const random = createRandom('dice')
    expect(new Set(draw(200, () => integerVariate(random, 1, 6)))).toEqual(new Set([1, 2, 3, 4, 5, 6]))
  })

  it('shuffling keeps every item, undefined ones too', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.nat(), { nil: undefined })), fc.nat(), (items, seed) => {
        const result = shuffled(createRandom(seed), items)
        expect(result.map(String).sort()).toEqual(items.map(String).sort())
      }),
    )
  })
})
