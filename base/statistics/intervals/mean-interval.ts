import { studentTQuantile } from '../distributions/student-t.ts'
import type { Interval } from './interval.ts'
import { meanOf, type Moments, varianceOf } from './moments.ts'

/** Student's interval for a mean, looked at once. Infinite below two observations, NaN estimate when there is none. */
export function meanInterval(moments: Moments, confidence = 0.95): Interval & { readonly standardError: number } {
  const estimate = meanOf(moments)
  if (moments.count < 2) {
    return {
      estimate,
      lower: Number.NEGATIVE_INFINITY,
      upper: Number.POSITIVE_INFINITY,
      standardError: Number.POSITIVE_INFINITY,
    }
  }
  const standardError = Math.sqrt(varianceOf(moments) / moments.count)
  const half = studentTQuantile(0.5 + confidence / 2, moments.count - 1) * standardError
  return { estimate, lower: estimate - half, upper: estimate + half, standardError }
}
