import type { Dimension, FloatDimension, IntDimension, ParameterValue } from './search-space.ts'

/**
 * A numeric dimension as samplers see it: a coordinate on a straight line, logarithmic scales already taken. On a grid
 * the line reaches half a step beyond the first and last value, so that every value has a cell of its own.
 */
export type NumericAxis = {
  readonly kind: 'numeric'
  readonly low: number
  readonly high: number
  /** The coordinate of a value. */
  readonly encode: (value: number) => number
  /** The nearest value of the dimension. */
  readonly decode: (coordinate: number) => number
  /** The ends of the cell that a coordinate lies in; null where the axis has no grid. */
  readonly cell: ((coordinate: number) => readonly [number, number]) | null
}

/** A categorical dimension: the coordinate is the index of the choice. */
export type CategoricalAxis = { readonly kind: 'categorical'; readonly choices: readonly ParameterValue[] }

export type Axis = NumericAxis | CategoricalAxis

/** The axis of a dimension; one with a single value has a single choice. */
export function axisOf(dimension: Dimension): Axis {
  if (dimension.type === 'categorical') return { kind: 'categorical', choices: dimension.choices }
  if (dimension.low === dimension.high) return { kind: 'categorical', choices: [dimension.low] }
  const step = dimension.type === 'int' ? (dimension.step ?? 1) : dimension.step
  return step === undefined ? continuousAxis(dimension) : gridAxis(dimension, step)
}

/** The coordinate of a value that a trial was given; NaN for one that the axis does not have. */
export function coordinateOf(axis: Axis, value: ParameterValue | undefined): number {
  if (axis.kind === 'numeric') return typeof value === 'number' ? axis.encode(value) : Number.NaN
  const index = axis.choices.findIndex((choice) => choice === value)
  return index < 0 ? Number.NaN : index
}

/** The value at a coordinate. */
export function valueAt(axis: Axis, coordinate: number): ParameterValue {
  return axis.kind === 'numeric' ? axis.decode(coordinate) : (axis.choices[coordinate] ?? null)
}

function continuousAxis({ low, high, log }: FloatDimension | IntDimension): NumericAxis {
  const { encode, decode } = scaleOf(log)
  // exp(ln(high)) can end a hair outside.
  const inside = (value: number): number => Math.min(high, Math.max(low, value))
  return { kind: 'numeric', low: encode(low), high: encode(high), encode, decode: (x) => inside(decode(x)), cell: null }
}

function gridAxis({ low, high, log }: FloatDimension | IntDimension, step: number): NumericAxis {
  const { encode, decode } = scaleOf(log)
  // A tiny tolerance, so that 0..1 by 0.1 ends at 1 although 1/0.1 may round below 10.
  const last = Math.floor((high - low) / step + 1e-9)
  const snap = (x: number): number => low + step * Math.min(last, Math.max(0, Math.round((decode(x) - low) / step)))
  return {
    kind: 'numeric',
    low: encode(low - step / 2),
    high: encode(low + step * (last + 0.5)),
    encode,
    decode: snap,
    cell: (x) => [encode(snap(x) - step / 2), encode(snap(x) + step / 2)],
  }
}

function scaleOf(log: boolean | undefined): {
  encode: (value: number) => number
  decode: (coordinate: number) => number
} {
  if (log === true) return { encode: Math.log, decode: Math.exp }
  return { encode: (value) => value, decode: (coordinate) => coordinate }
}
