import { normalVariate, type Random } from './random.ts'

/**
 * A gamma variate of the given shape and scale 1. Marsaglia and Tsang, "A simple method for generating gamma variables",
 * ACM TOMS 26 (2000); shapes below 1 by the power of a uniform. Throws RangeError for a shape that is not above 0.
 */
export function gammaVariate(random: Random, shape: number): number {
  if (!(shape > 0)) throw new RangeError(`A gamma variate needs a shape above 0; got ${shape}.`)
  if (shape < 1) return gammaVariate(random, shape + 1) * (1 - random()) ** (1 / shape)
  const d = shape - 1 / 3
  const c = 1 / Math.sqrt(9 * d)
  for (;;) {
    const x = normalVariate(random)
    const v = (1 + c * x) ** 3
    if (v > 0 && Math.log(1 - random()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v
  }
}

/** A beta variate: of two gamma variates the first's part in their sum. Parameters above 0. */
export function betaVariate(random: Random, alpha: number, beta: number): number {
  const first = gammaVariate(random, alpha)
  const sum = first + gammaVariate(random, beta)
  return sum === 0 ? alpha / (alpha + beta) : first / sum
}
