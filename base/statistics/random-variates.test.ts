import { describe, expect, it } from 'vitest'
import { betaCdf } from './distributions/incomplete-beta.ts'
import { createRandom } from './random.ts'
import { betaVariate, gammaVariate } from './random-variates.ts'

describe('random variates', () => {
  it('of the beta distribution follow its distribution function', () => {
    const random = createRandom('beta')
    for (const [alpha, beta] of [
      [0.5, 0.5],
      [1, 3],
      [40, 160],
    ] as const) {
      const sample = Array.from({ length: 20_000 }, () => betaVariate(random, alpha, beta)).toSorted((a, b) => a - b)
      const distance = Math.max(
        ...sample.map((value, index) => Math.abs(betaCdf(value, alpha, beta) - (index + 0.5) / sample.length)),
      )
      // Kolmogorov's 99.9 % point is 1.95/√n.
      expect(distance).toBeLessThan(1.95 / Math.sqrt(sample.length))
    }
  })
  it('of the gamma distribution have its mean and variance', () => {
    const random = createRandom('gamma')
    for (const shape of [0.3, 1, 7.5]) {
      const sample = Array.from({ length: 40_000 }, () => gammaVariate(random, shape))
      const mean = sample.reduce((sum, value) => sum + value, 0) / sample.length
      const variance = sample.reduce((sum, value) => sum + (value - mean) ** 2, 0) / sample.length
      expect(Math.abs(mean - shape)).toBeLessThan(5 * Math.sqrt(shape / sample.length))
      expect(Math.abs(variance / shape - 1)).toBeLessThan(0.1)
    }
    expect(() => gammaVariate(random, 0)).toThrow('a shape above 0')
  })
})
