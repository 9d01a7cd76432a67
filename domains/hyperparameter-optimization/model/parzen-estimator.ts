import { normalCdf, normalMass, normalQuantile, normalSf, type Random } from '@millrace/statistics'
import type { Axis, CategoricalAxis, NumericAxis } from './axis.ts'

/** A density over the search space: a mixture with one product kernel for each observation and a wide prior kernel. */
export type ParzenEstimator = {
  /** A point drawn from the mixture: one coordinate for each axis. */
  readonly sample: (random: Random) => Float64Array
  /** The natural logarithm of the density (on grids and choices: of the probability) at a point. */
  readonly logDensity: (point: Float64Array) => number
}

/** One axis of all kernels. */
type AxisKernels = {
  readonly sample: (kernel: number, random: Random) => number
  readonly addLogDensities: (to: Float64Array, coordinate: number) => void
}

/**
 * The estimator for observed points (one array of coordinates each) with one weight each; a prior kernel of weight 1 in
 * the middle of the space is added. Numeric kernels are normal, cut off at the ends of the axis, as wide as the larger
 * gap to a neighbour; choices keep a share for every choice. Bergstra, Bardenet, Bengio and Kégl, "Algorithms for
 * Hyper-Parameter Optimization" (2011); product kernels as in Watanabe, "Tree-Structured Parzen Estimator" (2023).
 */
export function parzenEstimator(
  axes: readonly Axis[],
  points: readonly Float64Array[],
  weights: readonly number[],
): ParzenEstimator {
  const kernels = axes.map((axis, index) => {
    const coordinates = points.map((point) => point[index] ?? Number.NaN)
    return axis.kind === 'numeric' ? numericKernels(axis, coordinates) : categoricalKernels(axis, coordinates)
  })
  const shares = normalised([...weights, 1])
  const logShares = Float64Array.from(shares, Math.log)
  return {
    sample: (random) => {
      const kernel = pick(shares, random())
      return Float64Array.from(kernels, (axis) => axis.sample(kernel, random))
    },
    logDensity: (point) => {
      const logs = Float64Array.from(logShares)
      kernels.forEach((axis, index) => axis.addLogDensities(logs, point[index] ?? Number.NaN))
      return logSum(logs)
    },
  }
}

function numericKernels(axis: NumericAxis, coordinates: readonly number[]): AxisKernels {
  const centres = Float64Array.of(...coordinates, (axis.low + axis.high) / 2)
  const widths = kernelWidths(centres, axis)
  const count = centres.length
  const lower = Float64Array.from(centres, (centre, kernel) => normalCdf((axis.low - centre) / at(widths, kernel)))
  // A centre lies between the ends, so neither tail is near 1 and the difference keeps its digits.
  const masses = Float64Array.from(centres, (centre, kernel) => {
    return 1 - at(lower, kernel) - normalSf((axis.high - centre) / at(widths, kernel))
  })
  const logHeights = Float64Array.from(
    masses,
    (mass, kernel) => -Math.log(mass * at(widths, kernel) * Math.sqrt(2 * Math.PI)),
  )
  const addContinuous = (to: Float64Array, x: number): void => {
    for (let kernel = 0; kernel < count; kernel += 1) {
      const z = (x - at(centres, kernel)) / at(widths, kernel)
      to[kernel] = at(to, kernel) + at(logHeights, kernel) - 0.5 * z * z
    }
  }
  const addCell = (to: Float64Array, [start, end]: readonly [number, number]): void => {
    for (let kernel = 0; kernel < count; kernel += 1) {
      const [centre, width] = [at(centres, kernel), at(widths, kernel)]
      const mass = normalMass((start - centre) / width, (end - centre) / width)
      to[kernel] = at(to, kernel) + Math.log((mass + Number.MIN_VALUE) / at(masses, kernel))
    }
  }
  return {
    sample: (kernel, random) => {
      const z = normalQuantile(at(lower, kernel) + random() * at(masses, kernel))
      const x = Math.min(axis.high, Math.max(axis.low, at(centres, kernel) + at(widths, kernel) * z))
      return axis.encode(axis.decode(x))
    },
    addLogDensities: (to, x) => (axis.cell === null ? addContinuous(to, x) : addCell(to, axis.cell(x))),
  }
}

/**
 * Each kernel reaches to its farther neighbour, the outermost ones to their only one, but not below a share of the axis
 * that shrinks with the kernels, so that none becomes a spike. The last centre is the prior's: as wide as the axis.
 * The exponent 1.5 is our one departure from Optuna 5, which has 1. Median regret at n = 50 with 1.5 against 1, over 200
 * seeds that were not used to choose it: Branin 0.059 / 0.170, Rosenbrock 4d 94 / 175, Ackley 5d 8.7 / 10.9, mixed
 * parameters 0.0072 / 0.0157; it loses on Hartmann 6d, 0.42 / 0.38.
 */
function kernelWidths(centres: Float64Array, axis: NumericAxis): Float64Array {
  const count = centres.length
  const range = axis.high - axis.low
  const narrowest = range / Math.min(100, (count + 1) ** 1.5)
  const order = Int32Array.from(centres, (_, kernel) => kernel).sort(
    (left, right) => at(centres, left) - at(centres, right),
  )
  const widths = new Float64Array(count)
  order.forEach((kernel, rank) => {
    const centre = at(centres, kernel)
    const before = rank === 0 ? 0 : centre - at(centres, at(order, rank - 1))
    const after = rank === count - 1 ? 0 : at(centres, at(order, rank + 1)) - centre
    widths[kernel] = Math.min(range, Math.max(narrowest, before, after))
  })
  widths[count - 1] = range
  return widths
}

function categoricalKernels(axis: CategoricalAxis, coordinates: readonly number[]): AxisKernels {
  const choices = axis.choices.length
  const spread = 1 / (coordinates.length + 1)
  const rows = coordinates.map((chosen) => {
    return normalised(Array.from({ length: choices }, (_, choice) => spread + (choice === chosen ? 1 : 0)))
  })
  rows.push(normalised(Array.from({ length: choices }, () => 1)))
  return {
    sample: (kernel, random) => pick(rows[kernel] ?? [], random()),
    addLogDensities: (to, choice) => {
      rows.forEach((row, kernel) => {
        to[kernel] = at(to, kernel) + Math.log(at(row, choice))
      })
    },
  }
}

function normalised(weights: readonly number[]): number[] {
  const sum = weights.reduce((total, weight) => total + weight, 0)
  return weights.map((weight) => weight / sum)
}

/** The index that a uniform number falls on when the shares lie end to end. */
function pick(shares: readonly number[], uniform: number): number {
  let end = 0
  const index = shares.findIndex((share) => {
    end += share
    return uniform < end
  })
  return index < 0 ? shares.length - 1 : index
}

function logSum(logs: Float64Array): number {
  let largest = Number.NEGATIVE_INFINITY
  for (const log of logs) if (log > largest) largest = log
  let sum = 0
  for (const log of logs) sum += Math.exp(log - largest)
  return largest + Math.log(sum)
}

function at(values: ArrayLike<number>, index: number): number {
  return values[index] ?? Number.NaN
}
