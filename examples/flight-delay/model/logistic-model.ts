import { featureNames, type FeatureColumns, type FeatureName } from '../features/feature-columns.ts'

/** One position per whole number from `first` to `first + count - 1`. */
export interface Categories {
  kind: 'categories'
  first: number
  count: number
}

/**
 * Position k holds the values from `edges[k - 1]` (included) to `edges[k]` (not included); there is one position more
 * than edges. Edges ascend and are float32.
 */
export interface Bins {
  kind: 'bins'
  edges: readonly number[]
}

export type Encoding = Categories | Bins

/**
 * A logistic regression on one-hot positions: the probability of a late flight is sigmoid(bias + the sum over the
 * features of the weight at their position). A value at no position (an hour of 7.5, one that is not finite) adds
 * nothing. Weights and edges are float32, the precision of the served graph.
 */
export interface LogisticModel {
  bias: number
  features: Record<FeatureName, { encoding: Encoding; weights: readonly number[] }>
}

/** How many positions the encoding has. */
export function positionCount(encoding: Encoding): number {
  return encoding.kind === 'categories' ? encoding.count : encoding.edges.length + 1
}

/** The position of a value, or -1 when it has none. */
export function positionOf(encoding: Encoding, value: number): number {
  if (encoding.kind === 'categories') {
    const position = value - encoding.first
    return Number.isInteger(position) && position >= 0 && position < encoding.count ? position : -1
  }
  if (!Number.isFinite(value)) return -1
  const { edges } = encoding
  let low = 0
  let high = edges.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (value >= (edges[middle] ?? Number.POSITIVE_INFINITY)) low = middle + 1
    else high = middle
  }
  return low
}

/** The probability of a late flight for each row. */
export function predict(model: LogisticModel, features: FeatureColumns['features']): Float64Array {
  const logits = new Float64Array(features.hour.length).fill(model.bias)
  for (const name of featureNames) {
    const { encoding, weights } = model.features[name]
    const values = features[name]
    for (let row = 0; row < logits.length; row++) {
      logits[row] = (logits[row] ?? 0) + (weights[positionOf(encoding, values[row] ?? Number.NaN)] ?? 0)
    }
  }
  return logits.map(sigmoid)
}

/** 1 / (1 + exp(-logit)). */
export function sigmoid(logit: number): number {
  return 1 / (1 + Math.exp(-logit))
}
