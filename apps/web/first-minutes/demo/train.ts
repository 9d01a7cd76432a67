import { flowers, kinds, measures, type Flower } from './iris.ts'

/** How one run of the demo trains. */
export interface Recipe {
  readonly rate: number
  /** Weight of the L2 penalty. */
  readonly penalty: number
  readonly epochs: number
}

/** What one epoch came to: mean log loss in nats, and the share of flowers named rightly. */
export interface Epoch {
  readonly trainLoss: number
  readonly testLoss: number
  readonly testAccuracy: number
}

/** The recipes of the demo's runs, from too timid to too bold. */
export const recipes: readonly Recipe[] = [0.01, 0.05, 0.2, 0.8].flatMap((rate) =>
  [0, 0.01].map((penalty) => ({ rate, penalty, epochs: 80 })),
)

const EVERY = 5
const train = flowers.filter((_, at) => at % EVERY !== 0).map(scaled)
const test = flowers.filter((_, at) => at % EVERY === 0).map(scaled)

/** Measures brought to about zero mean and unit spread, with a constant one behind them. */
function scaled({ measures: sizes, kind }: Flower): Flower {
  const middle = [58, 31, 38, 12]
  const spread = [8, 4, 18, 8]
  return { kind, measures: [...sizes.map((size, at) => (size - (middle[at] ?? 0)) / (spread[at] ?? 1)), 1] }
}

/** Trains multinomial logistic regression by gradient descent on all training flowers at once. Returns every epoch and the weights by kind. */
export function trainOn(recipe: Recipe): { epochs: Epoch[]; weights: number[][] } {
  const weights = kinds.map(() => Array.from({ length: measures.length + 1 }, () => 0))
  const epochs = Array.from({ length: recipe.epochs }, () => {
    descend(weights, recipe)
    const tested = lossOf(weights, test)
    return { trainLoss: lossOf(weights, train).loss, testLoss: tested.loss, testAccuracy: tested.accuracy }
  })
  return { epochs, weights }
}

function descend(weights: number[][], { rate, penalty }: Recipe): void {
  const slopes = weights.map((row) => row.map((weight) => penalty * weight))
  for (const { measures: inputs, kind } of train) {
    for (const [which, share] of shares(weights, inputs).entries()) {
      const error = share - (which === kind ? 1 : 0)
      addTo(slopes[which], inputs, error / train.length)
    }
  }
  for (const [which, row] of weights.entries()) addTo(row, slopes[which], -rate)
}

/** Adds `by` times one row to another, in place. */
function addTo(row: number[] = [], other: readonly number[] = [], by: number): void {
  for (const [at, value] of other.entries()) row[at] = (row[at] ?? 0) + by * value
}

/** The softmax of the scores: how likely each kind is. */
function shares(weights: readonly (readonly number[])[], inputs: readonly number[]): number[] {
  const scores = weights.map((row) => row.reduce((sum, weight, at) => sum + weight * (inputs[at] ?? 0), 0))
  const top = Math.max(...scores)
  const raised = scores.map((score) => Math.exp(score - top))
  const total = raised.reduce((sum, each) => sum + each, 0)
  return raised.map((each) => each / total)
}

function lossOf(weights: readonly (readonly number[])[], set: readonly Flower[]): { loss: number; accuracy: number } {
  let loss = 0
  let right = 0
  for (const { measures: inputs, kind } of set) {
    const likely = shares(weights, inputs)
    loss -= Math.log(Math.max(likely[kind] ?? 0, Number.EPSILON))
    if (likely.every((share) => share <= (likely[kind] ?? 0))) right += 1
  }
  return { loss: loss / set.length, accuracy: right / set.length }
}
