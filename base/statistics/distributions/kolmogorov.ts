import { at } from '../at.ts'
import { binomialDensity, stirlingError } from './saddle-point.ts'

/**
 * P(D_n ≥ d) of the two-sided one-sample Kolmogorov-Smirnov statistic with n observations (whole, ≥ 1). Chooses
 * between exact forms and the Pelz-Good expansion at the borders of scipy's `kstwo`, so that both agree to 1e-9.
 * Simard and L'Ecuyer, "Computing the Two-Sided Kolmogorov-Smirnov Distribution", J. Stat. Software 39 (2011).
 */
export function kolmogorovSf(d: number, n: number): number {
  if (d >= 1) return 0
  const scaled = n * d
  if (scaled <= 0.5) return 1
  if (scaled <= 1) return 1 - Math.exp(logFactorialOverPower(n) + n * Math.log(2 * scaled - 1))
  if (scaled >= n - 1) return 2 * (1 - d) ** n
  if (d >= 0.5) return clip(2 * smirnovSf(d, n))
  return clip(n <= 140 ? sfOfFew(d, n) : sfOfMany(d, n))
}

function sfOfFew(d: number, n: number): number {
  return n * d * d <= 4 ? 1 - durbinCdf(d, n) : 2 * smirnovSf(d, n)
}

function sfOfMany(d: number, n: number): number {
  const square = n * d * d
  if (square >= 370) return 0
  if (square >= 2.2) return 2 * smirnovSf(d, n)
  return 1 - (n <= 100_000 && n * d ** 1.5 <= 1.4 ? durbinCdf(d, n) : pelzGoodCdf(d, n))
}

/**
 * P(D⁺_n ≥ d), one-sided. Birnbaum and Tingey (1951): Σ_j d/(d + j/n)·Binomial(j; n, d + j/n), which has no negative
 * term. Above a million observations Smirnov's limit with its first correction, as scipy.
 */
export function smirnovSf(d: number, n: number): number {
  if (n > 1_000_000) return Math.exp(-((6 * n * d + 1) ** 2) / (18 * n))
  let sum = 0
  for (let j = Math.floor(n * (1 - d)); j >= 0; j -= 1) {
    const p = d + j / n
    sum += (binomialDensity(j, n, p, (n - j) / n - d) * d) / p
  }
  return sum
}

/**
 * P(D_n ≤ d), exact, by a power of Durbin's matrix. Marsaglia, Tsang and Wang, J. Stat. Software 8 (2003). Dividing the
 * matrix by e replaces their n!/nⁿ by Stirling's bounded remainder, so nothing overflows.
 */
function durbinCdf(d: number, n: number): number {
  const k = Math.floor(n * d) + 1
  const size = 2 * k - 1
  let matrix = durbinMatrix(k - n * d, size)
  let row: Float64Array = new Float64Array(size)
  row[k - 1] = 1
  for (let power = n; power > 0; power = Math.floor(power / 2)) {
    if (power % 2 === 1) row = multiply(row, matrix, size)
    if (power > 1) matrix = multiply(matrix, matrix, size)
  }
  return at(row, k - 1) * Math.sqrt(2 * Math.PI * n) * Math.exp(stirlingError(n))
}

function durbinMatrix(h: number, size: number): Float64Array {
  const matrix = new Float64Array(size * size)
  const inverseFactorial = new Float64Array(size + 2).fill(1)
  for (let index = 1; index < size + 2; index += 1) inverseFactorial[index] = at(inverseFactorial, index - 1) / index
  for (let i = 0; i < size; i += 1) {
    for (let j = 0; j < size; j += 1) {
      if (i - j + 1 < 0) continue
      let entry = 1
      if (j === 0) entry -= h ** (i + 1)
      if (i === size - 1) entry -= h ** (size - j)
      if (j === 0 && i === size - 1 && h > 0.5) entry += (2 * h - 1) ** size
      matrix[i * size + j] = (entry * at(inverseFactorial, i - j + 1)) / Math.E
    }
  }
  return matrix
}

/** left·right, where left has as many rows as its length gives and right is size × size. */
function multiply(left: Float64Array, right: Float64Array, size: number): Float64Array {
  const product = new Float64Array(left.length)
  for (let offset = 0; offset < left.length; offset += size) {
    for (let inner = 0; inner < size; inner += 1) {
      const factor = at(left, offset + inner)
      if (factor === 0) continue
      for (let j = 0; j < size; j += 1)
        product[offset + j] = at(product, offset + j) + factor * at(right, inner * size + j)
    }
  }
  return product
}

/** P(D_n ≤ d) by K0 + K1/√n + K2/n + K3/n^1.5. Pelz and Good, J. R. Statist. Soc. B 38 (1976). */
function pelzGoodCdf(d: number, n: number): number {
  const z = d * Math.sqrt(n)
  const z2 = z * z
  const sums = new Float64Array(4)
  for (let k = 0; k < 200; k += 1) {
    const half = (Math.PI * (k + 0.5)) ** 2
    const whole = (Math.PI * k) ** 2
    const halfWeight = 2 * Math.exp(-half / (2 * z2))
    const wholeWeight = 2 * Math.exp(-whole / (2 * z2))
    const terms = pelzGoodTerms(z2, half, whole)
    for (let order = 0; order < 4; order += 1) {
      sums[order] = at(sums, order) + halfWeight * at(terms.half, order) + wholeWeight * at(terms.whole, order)
    }
    if (wholeWeight < 1e-300) break
  }
  let cdf = 0
  for (let order = 3; order >= 0; order -= 1) cdf = cdf / Math.sqrt(n) + at(sums, order)
  return cdf
}

/** The factors of exp(−π²(k+½)²/2z²) and exp(−π²k²/2z²) in K0..K3; `half` and `whole` are those squares with π². */
function pelzGoodTerms(z2: number, half: number, whole: number): { half: readonly number[]; whole: readonly number[] } {
  const z4 = z2 * z2
  const z6 = z4 * z2
  const root = Math.sqrt(Math.PI / 2)
  const second = 6 * z6 + 2 * z4 + (2 * z4 - 5 * z2) * half + (1 - 2 * z2) * half ** 2
  const third =
    (5 - 30 * z2) * half ** 3 +
    (212 * z4 - 60 * z2) * half ** 2 +
    (135 * z4 - 96 * z6) * half -
    (30 * z6 + 90 * z6 * z2)
  return {
    half: [
      root / Math.sqrt(z2),
      (root * (half - z2)) / (6 * z4),
      (root * second) / (72 * z6 * Math.sqrt(z2)),
      (root * third) / (6480 * z6 * z4),
    ],
    whole: [0, 0, (-root * whole) / (36 * z2 * Math.sqrt(z2)), (root * (3 * whole * z2 - whole ** 2)) / (216 * z6)],
  }
}

function logFactorialOverPower(n: number): number {
  return 0.5 * Math.log(2 * Math.PI * n) + stirlingError(n) - n
}

function clip(probability: number): number {
  return Math.min(1, Math.max(0, probability))
}
