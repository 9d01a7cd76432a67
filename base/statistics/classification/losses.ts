import { at } from '../at.ts'

/** −ln of the probability given to what happened, probabilities kept 2⁻⁵² away from 0 and 1 (as scikit-learn). */
export function logLossOfRow(label: number, probability: number): number {
  const kept = Math.min(1 - Number.EPSILON, Math.max(Number.EPSILON, probability))
  return label === 1 ? -Math.log(kept) : -Math.log1p(-kept)
}

/** Squared distance between probability and outcome (Brier 1950); 0..1. */
export function brierOfRow(label: number, probability: number): number {
  return (probability - label) ** 2
}

/** Mean log loss of probabilities for labels 0 or 1, in nats; NaN for no rows. */
export function logLoss(labels: ArrayLike<number>, probabilities: ArrayLike<number>): number {
  return meanOverRows(labels, probabilities, logLossOfRow)
}

/** Mean squared distance between probability and outcome; NaN for no rows. */
export function brierScore(labels: ArrayLike<number>, probabilities: ArrayLike<number>): number {
  return meanOverRows(labels, probabilities, brierOfRow)
}

function meanOverRows(
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  loss: (label: number, probability: number) => number,
): number {
  let sum = 0
  for (let row = 0; row < labels.length; row += 1) sum += loss(at(labels, row), at(probabilities, row))
  return sum / labels.length
}
