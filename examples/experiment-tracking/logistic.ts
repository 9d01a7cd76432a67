import type { Example } from './weather.ts'

/** Fits weights (the last is the intercept) by full gradient descent; `seen` hears them after each epoch, from 1. */
export function fitLogistic(
  examples: readonly Example[],
  { rate, epochs }: { rate: number; epochs: number },
  seen: (epoch: number, weights: readonly number[]) => void,
): readonly number[] {
  let weights: readonly number[] = Array.from({ length: (examples[0]?.inputs.length ?? 0) + 1 }, () => 0)
  for (let epoch = 1; epoch <= epochs; epoch += 1) {
    const slope = slopeOf(weights, examples)
    weights = weights.map((weight, at) => weight - rate * (slope[at] ?? 0))
    seen(epoch, weights)
  }
  return weights
}

function slopeOf(weights: readonly number[], examples: readonly Example[]): readonly number[] {
  const slope = weights.map(() => 0)
  for (const { inputs, rain } of examples) {
    const error = (predict(weights, inputs) - rain) / examples.length
    for (const [at, value] of [...inputs, 1].entries()) slope[at] = (slope[at] ?? 0) + error * value
  }
  return slope
}

/** The probability of rain. */
export function predict(weights: readonly number[], inputs: readonly number[]): number {
  const sum = [...inputs, 1].reduce((total, value, at) => total + value * (weights[at] ?? 0), 0)
  return 1 / (1 + Math.exp(-sum))
}

/** Mean negative log likelihood, natural logarithm. */
export function logLoss(weights: readonly number[], examples: readonly Example[]): number {
  const sum = examples.reduce((total, { inputs, rain }) => {
    const probability = predict(weights, inputs)
    return total - Math.log(rain === 1 ? probability : 1 - probability)
  }, 0)
  return sum / examples.length
}

/** The share of pairs (a day with rain, one without) that are in the right order; ties count half. */
export function areaUnderCurve(answers: readonly number[], examples: readonly Example[]): number {
  const of = (rain: number) => answers.filter((_, at) => examples[at]?.rain === rain)
  const [wet, dry] = [of(1), of(0)]
  const right = wet.reduce(
    (total, high) => total + dry.reduce((sum, low) => sum + (high > low ? 1 : high === low ? 0.5 : 0), 0),
    0,
  )
  return right / (wet.length * dry.length)
}
