import { betaCdf, betaQuantile } from './incomplete-beta.ts'

/** P(T ≤ t) of Student's t with `degreesOfFreedom` > 0. Abramowitz and Stegun 26.7.1. */
export function studentTCdf(t: number, degreesOfFreedom: number): number {
  const square = t * t
  const tail = 0.5 * betaCdf(degreesOfFreedom / (degreesOfFreedom + square), degreesOfFreedom / 2, 0.5)
  return t < 0 ? tail : 1 - tail
}

/** The t with P(T ≤ t) = p of Student's t with `degreesOfFreedom` > 0, by the beta quantile of whichever side is smaller. */
export function studentTQuantile(p: number, degreesOfFreedom: number): number {
  if (Number.isNaN(p) || p < 0 || p > 1) return Number.NaN
  const bothTails = 2 * Math.min(p, 1 - p)
  const outer = bothTails < 0.5
  const share = outer
    ? betaQuantile(bothTails, degreesOfFreedom / 2, 0.5)
    : betaQuantile(1 - bothTails, 0.5, degreesOfFreedom / 2)
  const odds = outer ? (1 - share) / share : share / (1 - share)
  const t = Math.sqrt(degreesOfFreedom * odds)
  return p < 0.5 ? -t : t
}
