import { describe, expect, it } from 'vitest'
import { halfOfNumber, numberOfHalf } from './half-float.ts'

describe('half floats', () => {
  // Golden bits of IEEE 754 binary16.
  it.each([
    [0, 0x0000],
    [-0, 0x8000],
    [1, 0x3c00],
    [-2, 0xc000],
    [65_504, 0x7bff],
    [2 ** -14, 0x0400],
    [2 ** -24, 0x0001],
    [1 / 3, 0x3555],
    [Number.POSITIVE_INFINITY, 0x7c00],
    [Number.NEGATIVE_INFINITY, 0xfc00],
  ])('%s is %s', (value, bits) => {
    expect(halfOfNumber(value)).toBe(bits)
    expect(numberOfHalf(bits)).toBe(Math.f16round(value))
  })
  it('rounds to the nearest, ties to even, and beyond the range to infinity', () => {
    expect(halfOfNumber(1 + 2 ** -11)).toBe(0x3c00)
    expect(halfOfNumber(1 + 3 * 2 ** -11)).toBe(0x3c02)
    expect(halfOfNumber(65_520)).toBe(0x7c00)
    expect(halfOfNumber(2 ** -25)).toBe(0)
  })
  it('comes back from every pattern of bits', () => {
    const wrong = Array.from({ length: 0x10000 }, (_, bits) => bits).filter((bits) => {
      const value = numberOfHalf(bits)
      return !Number.isNaN(value) && halfOfNumber(value) !== bits
    })
    expect(wrong).toEqual([])
    expect(numberOfHalf(halfOfNumber(Number.NaN))).toBeNaN()
  })
})
