import { describe, expect, it } from 'vitest'
import { bytes, compact, count, percent, score, signed, tick } from './number.ts'

describe('numbers read as people read them', () => {
  it.each([
    [10_482, '10,482'],
    [1_600_000, '1.6M'],
    [-3, '−3'],
    [0, '0'],
  ])('count %d is %s', (value, text) => expect(count(value)).toBe(text))
  it.each([
    [0.4, '0.4'],
    [58, '58'],
    [1_200, '1.2k'],
    [297_431, '297k'],
    [1_491_944, '1.49M'],
    [4_475_833, '4.48M'],
  ])('compact %d is %s', (value, text) => expect(compact(value)).toBe(text))
  it.each([
    [0.8127, '0.8127'],
    [31, '31.00'],
    [4e-7, '4.0e−7'],
    [-0.0003, '−0.0003'],
    [0, '0.0000'],
  ])('score %d is %s', (value, text) => expect(score(value)).toBe(text))
  it.each([
    [0.25, '25%'],
    [0.0002, '0.02%'],
    [0.171, '17.1%'],
    [0, '0%'],
    [1, '100%'],
  ])('percent of %d is %s', (value, text) => expect(percent(value)).toBe(text))
  it('signs a difference with a true minus', () => {
    expect(signed(0.0142)).toBe('+0.0142')
    expect(signed(-0.0194)).toBe('−0.0194')
    expect(signed(0)).toBe('0')
  })
  it('says what is missing or not a number', () => {
    expect(score(null)).toBe('·')
    expect(score(Number.NaN)).toBe('NaN')
    expect(count(Number.NEGATIVE_INFINITY)).toBe('−∞')
  })
  it.each([
    [18_400_000, '18.4 MB'],
    [310_000, '310 kB'],
    [12, '12 B'],
    [0, '0 B'],
  ])('%d bytes are %s', (size, text) => expect(bytes(size)).toBe(text))
  it.each([
    [0.3, '0.3'],
    [150_000, '150k'],
    [1_500, '1,500'],
    [0.1 + 0.2, '0.3'],
  ])('tick %d is %s', (value, text) => expect(tick(value)).toBe(text))
})
