import { at } from '../at.ts'

/**
 * What has been seen of one quantity, as a plain object to keep in a row: how many observations, their sum and the sum
 * of their squares. Batches are merged with `addMoments`; nothing else needs to be kept.
 */
export type Moments = { readonly count: number; readonly sum: number; readonly sumSquares: number }

/** Nothing seen yet. */
export const noMoments: Moments = { count: 0, sum: 0, sumSquares: 0 }

/** The moments of a list of finite numbers. */
export function momentsOf(values: ArrayLike<number>): Moments {
  let sum = 0
  let sumSquares = 0
  for (let index = 0; index < values.length; index += 1) {
    sum += at(values, index)
    sumSquares += at(values, index) ** 2
  }
  return { count: values.length, sum, sumSquares }
}

/** The moments of `count` yes/no outcomes of which `successes` were yes. */
export function proportionMoments(successes: number, count: number): Moments {
  return { count, sum: successes, sumSquares: successes }
}

/** Both together; associative and commutative, so that batches may arrive in any order. */
export function addMoments(left: Moments, right: Moments): Moments {
  return { count: left.count + right.count, sum: left.sum + right.sum, sumSquares: left.sumSquares + right.sumSquares }
}

/** The mean, NaN when nothing was seen. */
export function meanOf(moments: Moments): number {
  return moments.sum / moments.count
}

/** Sum of squared distances from the mean, at least 0. */
export function squaredDeviations(moments: Moments): number {
  return moments.count === 0 ? 0 : Math.max(0, moments.sumSquares - moments.sum ** 2 / moments.count)
}

/** The unbiased variance, NaN below two observations. */
export function varianceOf(moments: Moments): number {
  return moments.count < 2 ? Number.NaN : squaredDeviations(moments) / (moments.count - 1)
}
