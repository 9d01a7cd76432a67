import type { Cells } from './count-cells.ts'
import { sigmoid } from './logistic-model.ts'
import { solvePositiveDefinite } from './solve-positive-definite.ts'

const activePerCell = 5
const maxIterations = 50
const maxHalvings = 30
const smallestGain = 1e-9

/**
 * `coefficients` has one weight per column of the design matrix and the bias last; `losses` is the mean log loss of the
 * rows, without the penalty, at the start and after each step.
 */
export interface Fit {
  coefficients: Float64Array
  losses: readonly number[]
}

/**
 * Minimises the log loss of all flights plus l2 / 2 times the squared weights (not the bias) by Newton's method, which
 * for a logistic regression is iteratively reweighted least squares (Hastie, Tibshirani and Friedman, The Elements of
 * Statistical Learning, section 4.4.1). A step that would raise the objective is halved. The penalty also settles what
 * one-hot columns leave open: each feature's sum to one. Throws an Error when it does not converge in 50 steps.
 */
export function fitWeights(cells: Cells, l2: number): Fit {
  const rowCount = cells.flights.reduce((sum, flights) => sum + flights, 0)
  const lateCount = cells.lateFlights.reduce((sum, late) => sum + late, 0)
  let coefficients = new Float64Array(cells.columnCount + 1)
  // Half a flight on either side keeps the start finite when all or none are late.
  coefficients[cells.columnCount] = Math.log((lateCount + 0.5) / (rowCount - lateCount + 0.5))
  let current = objectiveOf(cells, coefficients, l2)
  const losses = [current.loss / rowCount]
  for (let iteration = 1; iteration <= maxIterations; iteration++) {
    const { gradient, hessian } = derivatives(cells, coefficients, l2)
    const step = solvePositiveDefinite(hessian, gradient)
    const next = descend(cells, coefficients, step, { l2, objective: current.objective })
    coefficients = next.coefficients
    current = next
    losses.push(next.loss / rowCount)
    // Half the squared Newton decrement: what the step could gain (Boyd and Vandenberghe, Convex Optimization, section 9.5).
    const gain = gradient.reduce((sum, slope, index) => sum + slope * (step[index] ?? 0), 0) / 2
    if (gain < smallestGain || !next.moved) return { coefficients, losses }
  }
  throw new Error(
    `The logistic regression did not converge in ${maxIterations} steps; a larger l2 than ${l2} would help.`,
  )
}

function descend(
  cells: Cells,
  from: Float64Array<ArrayBuffer>,
  step: Float64Array,
  at: { l2: number; objective: number },
): { coefficients: Float64Array<ArrayBuffer>; objective: number; loss: number; moved: boolean } {
  for (let halving = 0, scale = 1; halving < maxHalvings; halving++, scale /= 2) {
    const coefficients = from.map((value, index) => value - scale * (step[index] ?? 0))
    const reached = objectiveOf(cells, coefficients, at.l2)
    if (reached.objective <= at.objective) return { ...reached, coefficients, moved: true }
  }
  // No step lowers the objective any more: rounding is all that is left.
  return { ...objectiveOf(cells, from, at.l2), coefficients: from, moved: false }
}

function logitOf(cells: Cells, coefficients: Float64Array, cell: number): number {
  let logit = coefficients[cells.columnCount] ?? 0
  for (let active = cell * activePerCell; active < (cell + 1) * activePerCell; active++)
    logit += coefficients[cells.columns[active] ?? 0] ?? 0
  return logit
}

function objectiveOf(cells: Cells, coefficients: Float64Array, l2: number): { objective: number; loss: number } {
  let loss = 0
  for (let cell = 0; cell < cells.flights.length; cell++) {
    const logit = logitOf(cells, coefficients, cell)
    // log(1 + exp(logit)) - y logit, written so that neither end overflows.
    const logOfSum = Math.max(logit, 0) + Math.log1p(Math.exp(-Math.abs(logit)))
    loss += (cells.flights[cell] ?? 0) * logOfSum - (cells.lateFlights[cell] ?? 0) * logit
  }
  const penalty = coefficients.subarray(0, cells.columnCount).reduce((sum, weight) => sum + weight * weight, 0)
  return { objective: loss + (l2 / 2) * penalty, loss }
}

function derivatives(
  cells: Cells,
  coefficients: Float64Array,
  l2: number,
): { gradient: Float64Array; hessian: Float64Array } {
  const size = coefficients.length
  const gradient = coefficients.map((weight, index) => (index < cells.columnCount ? l2 * weight : 0))
  const hessian = new Float64Array(size * size)
  for (let index = 0; index < cells.columnCount; index++) hessian[index * size + index] = l2
  const active = new Int32Array(activePerCell + 1)
  active[activePerCell] = cells.columnCount
  for (let cell = 0; cell < cells.flights.length; cell++) {
    const probability = sigmoid(logitOf(cells, coefficients, cell))
    const flights = cells.flights[cell] ?? 0
    active.set(cells.columns.subarray(cell * activePerCell, (cell + 1) * activePerCell))
    addTo(gradient, active, flights * probability - (cells.lateFlights[cell] ?? 0))
    addToLowerTriangle(hessian, size, active, flights * probability * (1 - probability))
  }
  return { gradient, hessian }
}

function addTo(vector: Float64Array, indices: Int32Array, value: number): void {
  for (const index of indices) vector[index] = (vector[index] ?? 0) + value
}

/** `indices` ascend, so that each pair with a later row and an earlier column lies in the lower triangle. */
function addToLowerTriangle(matrix: Float64Array, size: number, indices: Int32Array, value: number): void {
  for (let later = 0; later < indices.length; later++) {
    const rowStart = (indices[later] ?? 0) * size
    for (let earlier = 0; earlier <= later; earlier++) {
      const at = rowStart + (indices[earlier] ?? 0)
      matrix[at] = (matrix[at] ?? 0) + value
    }
  }
}
