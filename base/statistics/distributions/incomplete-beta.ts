import { logGamma } from './log-gamma.ts'
import { deviance, stirlingError } from './saddle-point.ts'

/** P(X ≤ x) for Beta(a, b), the regularised incomplete beta function I_x(a, b); a, b > 0. Continued fraction A&S 26.5.8. */
export function betaCdf(x: number, a: number, b: number): number {
  if (x <= 0) return 0
  if (x >= 1) return 1
  return x < (a + 1) / (a + b + 2) ? lowerTail(x, 1 - x, a, b) : 1 - lowerTail(1 - x, x, b, a)
}

/** The x with P(X ≤ x) = p for Beta(a, b). Newton's steps kept inside a shrinking bracket; to about 1e-15 relative. */
export function betaQuantile(p: number, a: number, b: number): number {
  if (!(p > 0 && p < 1)) return p === 0 || p === 1 ? p : Number.NaN
  let low = 0
  let high = 1
  let x = a / (a + b)
  for (let round = 0; round < 200; round += 1) {
    const excess = betaCdf(x, a, b) - p
    if (excess > 0) high = x
    else low = x
    const step = excess / betaDensity(x, a, b)
    const proposal = x - step
    const next = proposal > low && proposal < high ? proposal : (low + high) / 2
    if (Math.abs(next - x) <= 4e-16 * x) return next
    x = next
  }
  return x
}

/** ln B(a, b) for a, b > 0, without cancellation when both are large. */
export function logBeta(a: number, b: number): number {
  if (Math.min(a, b) < 10) return logBetaPlain(a, b)
  const total = a + b
  const stirling = stirlingError(a) + stirlingError(b) - stirlingError(total)
  const shape = a * Math.log(a / total) + b * Math.log(b / total)
  return stirling + shape + 0.5 * Math.log((2 * Math.PI * total) / (a * b))
}

function logBetaPlain(a: number, b: number): number {
  const large = Math.max(a, b)
  if (large < 10) return logGamma(a) + logGamma(b) - logGamma(a + b)
  // ln Γ(large) − ln Γ(large + small) by Stirling's form: the leading terms are subtracted before they can cancel.
  const small = Math.min(a, b)
  const leading = small - (large - 0.5) * Math.log1p(small / large) - small * Math.log(large + small)
  return logGamma(small) + leading + stirlingError(large) - stirlingError(large + small)
}

function betaDensity(x: number, a: number, b: number): number {
  return powerOverBeta(x, 1 - x, a, b) / (x * (1 - x))
}

/** I_x(a, b) where the fraction converges fast, x < (a + 1)/(a + b + 2). */
function lowerTail(x: number, y: number, a: number, b: number): number {
  let c = 1
  let d = 1 / nonZero(1 - ((a + b) * x) / (a + 1))
  let fraction = d
  for (let m = 1; m < 100_000; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / nonZero(1 + even * d)
    c = nonZero(1 + even / c)
    fraction *= c * d
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / nonZero(1 + odd * d)
    c = nonZero(1 + odd / c)
    const factor = c * d
    fraction *= factor
    if (Math.abs(factor - 1) < 1e-16) break
  }
  return (powerOverBeta(x, y, a, b) * fraction) / a
}

/** x^a·y^b/B(a, b), y = 1 − x. */
function powerOverBeta(x: number, y: number, a: number, b: number): number {
  if (Math.min(a, b) < 10) return Math.exp(a * Math.log(x) + b * Math.log(y) - logBeta(a, b))
  const total = a + b
  const stirling = stirlingError(total) - stirlingError(a) - stirlingError(b)
  const distance = deviance(a, total * x) + deviance(b, total * y)
  return Math.exp(stirling - distance) * Math.sqrt((a * b) / (2 * Math.PI * total))
}

function nonZero(value: number): number {
  return Math.abs(value) < 1e-300 ? 1e-300 : value
}
