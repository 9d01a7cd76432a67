import { describe, expect, it } from 'vitest'
import { disagreements, readGolden } from '../golden/read-golden.ts'
import { betaCdf, betaQuantile, logBeta } from './incomplete-beta.ts'
import { chiSquaredSf } from './incomplete-gamma.ts'
import { kolmogorovSf } from './kolmogorov.ts'
import { kolmogorovTwoSampleSf } from './kolmogorov-two-sample.ts'
import { logGamma } from './log-gamma.ts'
import { normalCdf, normalMass, normalQuantile, normalSf } from './normal.ts'
import { binomialDensity } from './saddle-point.ts'
import { studentTCdf, studentTQuantile } from './student-t.ts'

type Pair = [argument: number, expected: number]
type Triple = [argument: number, parameter: number, expected: number]
type Quadruple = [argument: number, a: number, b: number, expected: number]

const golden = readGolden<{
  logGamma: Pair[]
  normalCdf: Pair[]
  normalQuantile: Pair[]
  chiSquaredSf: Triple[]
  studentTCdf: Triple[]
  studentTQuantile: Triple[]
  kolmogorovSf: Triple[]
  betaCdf: Quadruple[]
  betaQuantile: Quadruple[]
}>('distributions')
const exact = readGolden<{ exactKolmogorov: Quadruple[] }>('two-sample').exactKolmogorov

describe('distributions agree with scipy to 1e-9', () => {
  it.each([
    ['ln Γ', logGamma, golden.logGamma],
    ['normal cdf', normalCdf, golden.normalCdf],
    ['normal quantile', normalQuantile, golden.normalQuantile],
  ])('%s', (name, formula, cases) => {
    expect(disagreements(cases.map(([x, expected]) => [`${name}(${x})`, formula(x), expected]))).toEqual([])
  })

  it.each([
    ['chi-squared survival', chiSquaredSf, golden.chiSquaredSf],
    ['Student t cdf', studentTCdf, golden.studentTCdf],
    ['Student t quantile', studentTQuantile, golden.studentTQuantile],
    ['one-sample Kolmogorov survival', kolmogorovSf, golden.kolmogorovSf],
  ])('%s', (name, formula, cases) => {
    const compared = cases.map(([x, parameter, expected]) => {
      return [`${name}(${x}, ${parameter})`, formula(x, parameter), expected] as const
    })
    expect(disagreements(compared)).toEqual([])
  })

  it.each([
    ['beta cdf', betaCdf, golden.betaCdf],
    ['beta quantile', betaQuantile, golden.betaQuantile],
    ['two-sample Kolmogorov survival', kolmogorovTwoSampleSf, exact],
  ])('%s', (name, formula, cases) => {
    const compared = cases.map(
      ([x, a, b, expected]) => [`${name}(${x}, ${a}, ${b})`, formula(x, a, b), expected] as const,
    )
    expect(disagreements(compared)).toEqual([])
  })

  it('the normal tails keep their relative precision', () => {
    for (const [z, expected] of golden.normalCdf) {
      expect(Math.abs(normalCdf(z) / expected - 1)).toBeLessThan(1e-13)
      expect(normalSf(-z)).toBe(normalCdf(z))
    }
    expect(normalMass(6, 7) / (normalCdf(-6) - normalCdf(-7))).toBeCloseTo(1, 12)
  })
})

describe('distributions at their edges', () => {
  it('a probability outside 0..1 has no quantile', () => {
    expect([normalQuantile(-0.1), normalQuantile(1.1), betaQuantile(2, 1, 1), studentTQuantile(-1, 3)]).toEqual(
      Array.from({ length: 4 }, () => Number.NaN),
    )
  })

  it('the ends of a distribution are exact', () => {
    expect([normalQuantile(0), normalQuantile(1)]).toEqual([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY])
    expect([betaQuantile(0, 2, 3), betaQuantile(1, 2, 3), betaCdf(0, 2, 3), betaCdf(1, 2, 3)]).toEqual([0, 1, 0, 1])
    expect([chiSquaredSf(0, 4), chiSquaredSf(Number.POSITIVE_INFINITY, 4)]).toEqual([1, 0])
    expect([kolmogorovSf(0, 10), kolmogorovSf(1, 10)]).toEqual([1, 0])
  })

  it('binomial chances sum to one', () => {
    let sum = 0
    for (let successes = 0; successes <= 1000; successes += 1) sum += binomialDensity(successes, 1000, 0.03, 0.97)
    expect(sum).toBeCloseTo(1, 12)
    expect(logBeta(0.5, 0.5)).toBeCloseTo(Math.log(Math.PI), 14)
  })
})
