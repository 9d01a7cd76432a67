import { at } from '../at.ts'

/** P(Z ≤ z) of the standard normal distribution, to about 1e-15 relative in both tails. */
export function normalCdf(z: number): number {
  return z < 0 ? upperTail(-z) : 1 - upperTail(z)
}

/** P(Z > z) of the standard normal distribution; keeps its digits where 1 − cdf would lose them. */
export function normalSf(z: number): number {
  return normalCdf(-z)
}

/** P(low < Z ≤ high), computed in the tail where both ends lie, so that it does not cancel. */
export function normalMass(low: number, high: number): number {
  return low > 0 ? normalSf(low) - normalSf(high) : normalCdf(high) - normalCdf(low)
}

/** The z with P(Z ≤ z) = p, for p in [0, 1]. Wichura, "Algorithm AS 241", Applied Statistics 37 (1988), routine PPND16. */
export function normalQuantile(p: number): number {
  if (Number.isNaN(p) || p < 0 || p > 1) return Number.NaN
  const centred = p - 0.5
  if (Math.abs(centred) <= 0.425) {
    const r = 0.180625 - centred * centred
    return (centred * polynomial(centre.numerator, r)) / polynomial(centre.denominator, r)
  }
  const tail = Math.min(p, 1 - p)
  if (tail === 0) return centred < 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  const r = Math.sqrt(-Math.log(tail))
  const part = r <= 5 ? middle : far
  const shifted = r <= 5 ? r - 1.6 : r - 5
  const z = polynomial(part.numerator, shifted) / polynomial(part.denominator, shifted)
  return centred < 0 ? -z : z
}

/** P(Z > z), z ≥ 0: the all-positive series of erf below 2.5, the continued fraction of Mills' ratio above (Abramowitz and Stegun 26.2.11, 26.2.14). */
function upperTail(z: number): number {
  if (z > 40) return 0
  const density = Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI)
  if (z < 2.5) {
    let term = z
    let sum = z
    for (let odd = 3; term > sum * 1e-17; odd += 2) {
      term *= (z * z) / odd
      sum += term
    }
    return 0.5 - density * sum
  }
  let fraction = z
  for (let depth = Math.ceil(12 + 700 / (z * z)); depth > 0; depth -= 1) fraction = z + depth / fraction
  return density / fraction
}

type Rational = { readonly numerator: readonly number[]; readonly denominator: readonly number[] }

const centre: Rational = {
  numerator: [
    3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987, 67265.7709270087,
    33430.57558358813, 2509.0809287301227,
  ],
  denominator: [
    1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271,
    28729.085735721943, 5226.495278852854,
  ],
}

const middle: Rational = {
  numerator: [
    1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684,
    0.2417807251774506, 0.022723844989269184, 0.0007745450142783414,
  ],
  denominator: [
    1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457,
    0.0005475938084995345, 1.0507500716444169e-9,
  ],
}

const far: Rational = {
  numerator: [
    6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124,
    0.0012426609473880784, 0.000027115555687434876, 2.0103343992922881e-7,
  ],
  denominator: [
    1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133, 0.000018463183175100548,
    1.421511758316446e-7, 2.0442631033899397e-15,
  ],
}

function polynomial(coefficients: readonly number[], x: number): number {
  let value = 0
  for (let power = coefficients.length - 1; power >= 0; power -= 1) value = value * x + at(coefficients, power)
  return value
}
