import { integerVariate, type Random } from '@millrace/statistics'
import { axisOf, valueAt } from './axis.ts'
import type { Parameters, SearchSpace } from './search-space.ts'

/** Parameters drawn evenly from the space, on each dimension's own scale. */
export function sampleEvenly(space: SearchSpace, random: Random): Parameters {
  return Object.fromEntries(
    Object.entries(space).map(([name, dimension]) => {
      const axis = axisOf(dimension)
      const coordinate =
        axis.kind === 'numeric'
          ? axis.low + random() * (axis.high - axis.low)
          : integerVariate(random, 0, axis.choices.length - 1)
      return [name, valueAt(axis, coordinate)]
    }),
  )
}
