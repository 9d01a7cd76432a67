/** A value that a trial may be given. */
export type ParameterValue = number | string | boolean | null

/** What a trial runs with: one value for each name of the search space. */
export type Parameters = Readonly<Record<string, ParameterValue>>

/** A real number in low..high. `log`: searched on a logarithmic scale (low > 0). `step`: only low, low + step, … */
export type FloatDimension = {
  readonly type: 'float'
  readonly low: number
  readonly high: number
  readonly log?: boolean | undefined
  readonly step?: number | undefined
}

/** A whole number in low..high, both included. `log` as for floats (low ≥ 1); `step` defaults to 1. */
export type IntDimension = {
  readonly type: 'int'
  readonly low: number
  readonly high: number
  readonly log?: boolean | undefined
  readonly step?: number | undefined
}

/** One of a list of values without order. */
export type CategoricalDimension = { readonly type: 'categorical'; readonly choices: readonly ParameterValue[] }

export type Dimension = FloatDimension | IntDimension | CategoricalDimension

/** What may be tried, by parameter name. */
export type SearchSpace = Readonly<Record<string, Dimension>>

/** What is wrong with a search space, one sentence each; empty when it can be searched. */
export function searchSpaceFaults(space: SearchSpace): string[] {
  const names = Object.keys(space)
  if (names.length === 0) return ['A search space needs at least one parameter.']
  return Object.entries(space).flatMap(([name, dimension]) =>
    dimensionFaults(dimension).map((fault) => `Parameter \`${name}\` ${fault}`),
  )
}

function dimensionFaults(dimension: Dimension): string[] {
  return dimension.type === 'categorical' ? choiceFaults(dimension) : rangeFaults(dimension)
}

function choiceFaults({ choices }: CategoricalDimension): string[] {
  const faults: string[] = []
  if (choices.length === 0) faults.push('needs at least one choice.')
  if (new Set(choices).size < choices.length) faults.push('lists a choice twice.')
  return faults
}

function rangeFaults(dimension: FloatDimension | IntDimension): string[] {
  const { type, low, high, log, step } = dimension
  const faults: string[] = []
  if (!Number.isFinite(low) || !Number.isFinite(high)) faults.push('needs finite bounds.')
  if (low > high) faults.push(`has its lower bound ${low} above its upper bound ${high}.`)
  if (step !== undefined && !(step > 0)) faults.push(`needs a step above 0, not ${step}.`)
  if (type === 'int') faults.push(...wholeNumberFaults(dimension))
  if (log === true) faults.push(...logarithmFaults(dimension))
  return faults
}

function wholeNumberFaults({ low, high, step }: FloatDimension | IntDimension): string[] {
  return [low, high, step ?? 1].every(Number.isInteger)
    ? []
    : ['is an int, so its bounds and step must be whole numbers.']
}

function logarithmFaults({ type, low, step }: FloatDimension | IntDimension): string[] {
  const faults: string[] = []
  if (type === 'int' ? low < 1 : low <= 0) faults.push(`is on a logarithmic scale and cannot start at ${low}.`)
  if (step !== undefined && step !== (type === 'int' ? 1 : undefined)) faults.push('cannot have both `log` and `step`.')
  return faults
}
