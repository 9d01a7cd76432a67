import { at } from '../at.ts'

/** Area under the ROC curve with DeLong's standard error, and how many rows of each class it rests on. */
export type RocAuc = {
  readonly auc: number
  readonly standardError: number
  readonly positives: number
  readonly negatives: number
}

/**
 * The chance that a random positive scores above a random negative, ties counted half; n log n. `labels` are 0 or 1,
 * `scores` any finite numbers, larger for more likely. Null when one class is absent: then there is nothing to
 * measure. Standard error: DeLong, DeLong and Clarke-Pearson, Biometrics 44 (1988); NaN with one row in a class.
 */
export function rocAuc(labels: ArrayLike<number>, scores: ArrayLike<number>): RocAuc | null {
  const [negative, positive] = scoresByClass(labels, scores)
  const [m, n] = [positive.length, negative.length]
  if (m === 0 || n === 0) return null
  const won = new Placement(m)
  const lost = new Placement(n)
  for (let i = 0, j = 0; i < m || j < n;) {
    const score = Math.min(positive[i] ?? Number.POSITIVE_INFINITY, negative[j] ?? Number.POSITIVE_INFINITY)
    const [iEnd, jEnd] = [endOfTies(positive, i, score), endOfTies(negative, j, score)]
    won.add((j + jEnd) / 2 / n, iEnd - i)
    lost.add((m - i + (m - iEnd)) / 2 / m, jEnd - j)
    i = iEnd
    j = jEnd
  }
  const standardError = Math.sqrt(won.variance() / m + lost.variance() / n)
  return { auc: won.mean(), standardError, positives: m, negatives: n }
}

/** Mean and variance of DeLong's placements, kept as distances from ½ to save digits. */
class Placement {
  readonly #count: number
  #sum = 0
  #sumSquares = 0

  constructor(count: number) {
    this.#count = count
  }

  add(placement: number, times: number): void {
    this.#sum += (placement - 0.5) * times
    this.#sumSquares += (placement - 0.5) ** 2 * times
  }

  mean(): number {
    return 0.5 + this.#sum / this.#count
  }

  variance(): number {
    return Math.max(0, this.#sumSquares - this.#sum ** 2 / this.#count) / (this.#count - 1)
  }
}

function scoresByClass(labels: ArrayLike<number>, scores: ArrayLike<number>): [Float64Array, Float64Array] {
  let positives = 0
  for (let row = 0; row < labels.length; row += 1) positives += at(labels, row) === 1 ? 1 : 0
  const positive = new Float64Array(positives)
  const negative = new Float64Array(labels.length - positives)
  for (let row = 0, i = 0; row < labels.length; row += 1) {
    const isPositive = at(labels, row) === 1
    if (isPositive) positive[i] = at(scores, row)
    else negative[row - i] = at(scores, row)
    i += isPositive ? 1 : 0
  }
  return [negative.sort(), positive.sort()]
}

function endOfTies(sorted: Float64Array, start: number, score: number): number {
  let end = start
  while (end < sorted.length && sorted[end] === score) end += 1
  return end
}
