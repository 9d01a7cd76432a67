import { logGamma } from './log-gamma.ts'
import { deviance, stirlingError } from './saddle-point.ts'

/** P(X > x) for chi-squared with `degreesOfFreedom` > 0. Q(k/2, x/2), Abramowitz and Stegun 26.4.19. */
export function chiSquaredSf(x: number, degreesOfFreedom: number): number {
  return upperIncompleteGamma(degreesOfFreedom / 2, x / 2)
}

/** Q(a, x) = Γ(a, x)/Γ(a): series of P below a + 1 (A&S 6.5.29), Legendre's continued fraction above (A&S 6.5.31). */
export function upperIncompleteGamma(a: number, x: number): number {
  if (x <= 0) return 1
  if (x === Number.POSITIVE_INFINITY) return 0
  return x < a + 1 ? 1 - lowerSeries(a, x) : upperFraction(a, x)
}

function lowerSeries(a: number, x: number): number {
  let term = 1 / a
  let sum = term
  for (let index = 1; term > sum * 1e-17; index += 1) {
    term *= x / (a + index)
    sum += term
  }
  return sum * prefactor(a, x)
}

/** Evaluated by the modified Lentz method (Thompson and Barnett 1986). */
function upperFraction(a: number, x: number): number {
  let b = x + 1 - a
  let c = 1e300
  let d = 1 / b
  let fraction = d
  for (let index = 1; index < 100_000; index += 1) {
    const numerator = -index * (index - a)
    b += 2
    d = 1 / nonZero(numerator * d + b)
    c = nonZero(b + numerator / c)
    const factor = c * d
    fraction *= factor
    if (Math.abs(factor - 1) < 1e-16) break
  }
  return fraction * prefactor(a, x)
}

/** x^a·e^−x/Γ(a), by the saddle-point form where the plain exponent would cancel. */
function prefactor(a: number, x: number): number {
  if (a < 10) return Math.exp(a * Math.log(x) - x - logGamma(a))
  return Math.exp(-stirlingError(a) - deviance(a, x)) * Math.sqrt(a / (2 * Math.PI))
}

function nonZero(value: number): number {
  return Math.abs(value) < 1e-300 ? 1e-300 : value
}
