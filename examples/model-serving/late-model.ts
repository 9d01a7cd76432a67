import type { Flight } from './flights.ts'

/** What a model looks at: an input times a factor, as it is or on a circle. */
export interface Term {
  readonly input: 'time' | 'distance'
  readonly factor: number
  readonly shape: 'Identity' | 'Sin' | 'Cos'
}

/** The probability of a late flight: the logistic function of a weighted sum of terms. */
export interface LateModel {
  readonly terms: readonly Term[]
  readonly weights: readonly number[]
  readonly bias: number
}

const distance: Term = { input: 'distance', factor: 1 / 1000, shape: 'Identity' }

/** Times of day lie on a circle, which a rush hour in the morning and one in the evening go round twice. */
function circle(turns = 1): Term[] {
  const factor = (2 * Math.PI * turns) / 24
  return [
    { input: 'time', factor, shape: 'Sin' },
    { input: 'time', factor, shape: 'Cos' },
  ]
}

/** The models of this example. `balanced` was trained on as many late flights as others, which nobody told its users. */
export const recipes = {
  distance: [distance],
  balanced: [distance, ...circle()],
  hours: [distance, ...circle()],
  'rush-hours': [distance, ...circle(), ...circle(2)],
} as const
export type Recipe = keyof typeof recipes

/** Fits a recipe by gradient descent on the log loss. */
export function train(recipe: Recipe, flights: readonly Flight[], epochs = 100): LateModel {
  const terms = recipes[recipe]
  const seen = recipe === 'balanced' ? balance(flights) : flights
  const rows = seen.map((flight) => valuesOf(terms, flight))
  let model: LateModel = { terms, weights: terms.map(() => 0), bias: 0 }
  for (let epoch = 0; epoch < epochs; epoch += 1) model = descend(model, rows, seen)
  return model
}

const rate = 2

function descend(
  { terms, weights, bias }: LateModel,
  rows: readonly number[][],
  flights: readonly Flight[],
): LateModel {
  const slope = terms.map(() => 0)
  let biasSlope = 0
  for (const [at, row] of rows.entries()) {
    const error = (logistic(bias + dot(weights, row)) - (flights[at]?.late ?? 0)) / rows.length
    for (const [index, value] of row.entries()) slope[index] = (slope[index] ?? 0) + error * value
    biasSlope += error
  }
  return {
    terms,
    weights: weights.map((weight, index) => weight - rate * (slope[index] ?? 0)),
    bias: bias - rate * biasSlope,
  }
}

function balance(flights: readonly Flight[]): Flight[] {
  const late = flights.filter((flight) => flight.late === 1)
  return [...late, ...flights.filter((flight) => flight.late === 0).slice(0, late.length)]
}

export function predict({ terms, weights, bias }: LateModel, flight: Pick<Flight, 'time' | 'distance'>): number {
  return logistic(bias + dot(weights, valuesOf(terms, flight)))
}

/** Mean negative log likelihood, natural logarithm. */
export function logLoss(model: LateModel, flights: readonly Flight[]): number {
  const sum = flights.reduce((total, flight) => {
    const probability = predict(model, flight)
    return total - Math.log(flight.late === 1 ? probability : 1 - probability)
  }, 0)
  return sum / flights.length
}

function valuesOf(terms: readonly Term[], flight: Pick<Flight, 'time' | 'distance'>): number[] {
  return terms.map(({ input, factor, shape }) => {
    const value = flight[input] * factor
    return shape === 'Identity' ? value : shape === 'Sin' ? Math.sin(value) : Math.cos(value)
  })
}

const logistic = (value: number) => 1 / (1 + Math.exp(-value))
const dot = (one: readonly number[], other: readonly number[]) =>
  one.reduce((sum, value, at) => sum + value * (other[at] ?? 0), 0)
