import { logGamma } from './log-gamma.ts'

/**
 * ln Γ(x) minus Stirling's leading term (x − ½)·ln x − x + ½·ln 2π, for x > 0. With `deviance` it gives binomial and
 * Poisson densities to full precision where differences of ln Γ cancel. Loader, "Fast and Accurate Computation of
 * Binomial Probabilities" (2000).
 */
export function stirlingError(x: number): number {
  if (x < 15) return logGamma(x) - ((x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI))
  const inverse = 1 / (x * x)
  const tail = 1 / 1260 - inverse * (1 / 1680 - inverse * (1 / 1188 - (inverse * 691) / 360_360))
  return (1 / 12 - inverse * (1 / 360 - inverse * tail)) / x
}

/** x·ln(x/mean) + mean − x without cancellation near x = mean; x ≥ 0, mean > 0. Loader (2000), `bd0`. */
export function deviance(x: number, mean: number): number {
  const difference = x - mean
  if (Math.abs(difference) >= 0.1 * (x + mean)) return (x === 0 ? 0 : x * Math.log(x / mean)) - difference
  const ratio = difference / (x + mean)
  const square = ratio * ratio
  let power = 2 * x * ratio
  let sum = difference * ratio
  for (let odd = 3; odd < 200; odd += 2) {
    power *= square
    const next = sum + power / odd
    if (next === sum) break
    sum = next
  }
  return sum
}

/** P(X = successes) for a binomial with `trials` and chance `p`, q = 1 − p given apart to keep its digits. Loader (2000). */
export function binomialDensity(successes: number, trials: number, p: number, q: number): number {
  if (p <= 0) return successes === 0 ? 1 : 0
  if (q <= 0) return successes === trials ? 1 : 0
  if (successes === 0) return Math.exp(p < 0.1 ? trials * Math.log1p(-p) : trials * Math.log(q))
  if (successes === trials) return Math.exp(q < 0.1 ? trials * Math.log1p(-q) : trials * Math.log(p))
  const failures = trials - successes
  const exponent = stirlingError(trials) - stirlingError(successes) - stirlingError(failures)
  const distance = deviance(successes, trials * p) + deviance(failures, trials * q)
  return Math.exp(exponent - distance) * Math.sqrt(trials / (2 * Math.PI * successes * failures))
}
