import type { Random } from '@millrace/statistics'
import { type Axis, axisOf, coordinateOf, valueAt } from './axis.ts'
import { parzenEstimator } from './parzen-estimator.ts'
import { sampleEvenly } from './random-sampler.ts'
import type { Parameters, SearchSpace } from './search-space.ts'
import { type Direction, type PastTrial, rankedTrials } from './trial-history.ts'

/** Settings of the sampler; the defaults are those of Optuna 5. */
export type TpeSettings = {
  /** Finished trials before the model is used; until then parameters are drawn evenly. */
  readonly startupTrials: number
  /** Candidates drawn from the good trials' density, of which the most promising is suggested. */
  readonly candidates: number
}

export const defaultTpeSettings: TpeSettings = { startupTrials: 10, candidates: 24 }

/**
 * Parameters by the tree-structured Parzen estimator, all dimensions together: finished trials are split into the best
 * tenth (at most 25) and the rest; candidates are drawn from the density of the good and the one with the largest
 * good/rest ratio wins. Running trials count as rest, so that parallel workers spread out. Trials that lack a parameter
 * of the space or have a value outside its choices are left out.
 */
export function sampleByTpe(
  input: {
    readonly space: SearchSpace
    readonly trials: readonly PastTrial[]
    readonly direction: Direction
    readonly random: Random
  },
  settings: TpeSettings = defaultTpeSettings,
): Parameters {
  const { space, random } = input
  const names = Object.keys(space)
  const axes = Object.values(space).map(axisOf)
  const known = input.trials.flatMap((trial, order) => {
    const point = Float64Array.from(axes, (axis, index) => coordinateOf(axis, trial.params[names[index] ?? '']))
    return point.some(Number.isNaN) ? [] : [{ ...trial, order, point }]
  })
  const ranked = rankedTrials(known, input.direction)
  if (ranked.length < settings.startupTrials) return sampleEvenly(space, random)
  const goodCount = Math.min(25, Math.ceil(0.1 * ranked.length))
  const good = ranked.slice(0, goodCount)
  const rest = [...ranked.slice(goodCount), ...known.filter(({ state }) => state === 'running')]
  const best = mostPromising(axes, { good: inOrder(good), rest: inOrder(rest) }, random, settings.candidates)
  return Object.fromEntries(axes.map((axis, index) => [names[index] ?? '', valueAt(axis, best[index] ?? Number.NaN)]))
}

function mostPromising(
  axes: readonly Axis[],
  split: { readonly good: readonly Float64Array[]; readonly rest: readonly Float64Array[] },
  random: Random,
  candidates: number,
): Float64Array {
  const good = parzenEstimator(axes, split.good, ageWeights(split.good.length))
  const rest = parzenEstimator(axes, split.rest, ageWeights(split.rest.length))
  let best = good.sample(random)
  let largest = good.logDensity(best) - rest.logDensity(best)
  for (let candidate = 1; candidate < candidates; candidate += 1) {
    const point = good.sample(random)
    const promise = good.logDensity(point) - rest.logDensity(point)
    if (promise > largest) [best, largest] = [point, promise]
  }
  return best
}

/** Weights from the oldest to the newest trial: a ramp up to the last 25, which count fully. */
function ageWeights(count: number): number[] {
  const ramp = count - 25
  return Array.from({ length: count }, (_, index) => {
    if (index >= ramp) return 1
    return ramp === 1 ? 1 / count : 1 / count + (index / (ramp - 1)) * (1 - 1 / count)
  })
}

function inOrder(trials: readonly { readonly order: number; readonly point: Float64Array }[]): Float64Array[] {
  return trials.toSorted((left, right) => left.order - right.order).map(({ point }) => point)
}
