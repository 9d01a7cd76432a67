import type { StationHour } from '../world.ts'

export const featureNames = ['temperature', 'rain', 'rush'] as const

/** `probability = 1 / (1 + exp(-(bias + weights · features)))`, the weights in the order of `featureNames`. */
export interface Logistic {
  readonly bias: number
  readonly weights: readonly number[]
}

const ridge: number = 1e-3
const steps = 12

/** Fits by Newton's method with a little ridge; an intercept comes first in the working vector. */
export function fitLogistic(hours: readonly StationHour[]): Logistic {
  let beta = [0, ...featureNames.map(() => 0)]
  for (let step = 0; step < steps; step += 1) {
    const move = solve(...normalEquations(hours, beta))
    beta = beta.map((value, index) => value + (move[index] ?? 0))
  }
  const [bias = 0, ...weights] = beta
  return { bias, weights }
}

function normalEquations(hours: readonly StationHour[], beta: readonly number[]): [number[][], number[]] {
  const hessian = beta.map((_, row) => beta.map((__, column) => (row === column ? ridge : 0)))
  const gradient = beta.map((value) => -ridge * value)
  for (const hour of hours) {
    const x = [1, ...featureNames.map((name) => hour[name])]
    const p = 1 / (1 + Math.exp(-x.reduce((sum, value, index) => sum + value * (beta[index] ?? 0), 0)))
    x.forEach((value, row) => {
      gradient[row] = (gradient[row] ?? 0) + (hour.empty - p) * value
      const line = hessian[row] ?? []
      x.forEach((other, column) => (line[column] = (line[column] ?? 0) + p * (1 - p) * value * other))
    })
  }
  return [hessian, gradient]
}

/** Gauss's elimination; the matrix is positive definite, so no row is swapped. */
function solve(matrix: number[][], right: number[]): number[] {
  const rows = matrix.map((row, index) => [...row, right[index] ?? 0])
  rows.forEach((pivot, at) => {
    for (const row of rows.slice(at + 1)) {
      const factor = (row[at] ?? 0) / (pivot[at] ?? 1)
      row.forEach((value, column) => (row[column] = value - factor * (pivot[column] ?? 0)))
    }
  })
  const answer = right.map(() => 0)
  for (let at = rows.length - 1; at >= 0; at -= 1) {
    const row = rows[at] ?? []
    const known = answer.reduce((sum, value, column) => sum + (column > at ? value * (row[column] ?? 0) : 0), 0)
    answer[at] = ((row.at(-1) ?? 0) - known) / (row[at] ?? 1)
  }
  return answer
}
