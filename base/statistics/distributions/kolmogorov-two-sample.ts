import { at } from '../at.ts'

/**
 * P(D ≥ h/lcm(n1, n2)) of the two-sample, two-sided Kolmogorov-Smirnov statistic, exact, for samples of n1 and n2
 * values from one continuous distribution; `h` = D·lcm(n1, n2), a whole number. Costs at most n1·n2 steps
 * (0.3 s for 10,000 against 9,999), or n1 steps when the sizes are equal.
 * Hodges, "The significance probability of the Smirnov two-sample test" (1958).
 */
export function kolmogorovTwoSampleSf(h: number, n1: number, n2: number): number {
  if (h <= 0) return 1
  return n1 === n2 ? equalSizes(h, n1) : unequalSizes(h, Math.max(n1, n2), Math.min(n1, n2))
}

/** The greatest common divisor of two positive whole numbers (Euclid). */
export function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}

/** 2·Σ_k (−1)^(k−1)·C(2n, n − k·h)/C(2n, n), nested from the largest k so that no binomial coefficient is formed. */
function equalSizes(h: number, n: number): number {
  let nested = 0
  for (let k = Math.floor(n / h); k >= 0; k -= 1) {
    let ratio = 1
    for (let j = 0; j < h; j += 1) ratio *= (n - k * h - j) / (n + k * h + j + 1)
    nested = ratio * (1 - nested)
  }
  return 2 * nested
}

/**
 * Share of lattice paths (0, 0) → (m, n) that leave the band |n·i − m·j| < h·g. Column by column: the share at a point
 * is the mean of its two predecessors' weighted by the ways to come from each; outside the band it is 1.
 */
function unequalSizes(h: number, m: number, n: number): number {
  const g = greatestCommonDivisor(m, n)
  const mg = m / g
  const ng = n / g
  const share = new Float64Array(n + 1).fill(1)
  let cleared = 0
  for (let i = 0; i <= m; i += 1) {
    const low = Math.max(0, Math.floor((ng * i - h) / mg) + 1)
    const high = Math.min(n, Math.ceil((ng * i + h) / mg) - 1)
    if (low > high) return 1
    for (; cleared < low; cleared += 1) share[cleared] = 1
    let below = low === 0 ? 0 : 1
    for (let j = low; j <= high; j += 1) {
      below = i + j === 0 ? 0 : (i * at(share, j) + j * below) / (i + j)
      share[j] = below
    }
  }
  return at(share, n)
}
