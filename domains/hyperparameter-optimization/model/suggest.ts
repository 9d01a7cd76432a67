import type { Random } from '@millrace/statistics'
import { sampleEvenly } from './random-sampler.ts'
import type { Parameters, SearchSpace } from './search-space.ts'
import { sampleByTpe } from './tpe-sampler.ts'
import type { Direction, PastTrial } from './trial-history.ts'

/** How the next parameters are chosen. */
export type SamplerName = 'tpe' | 'random'

/**
 * The parameters to try next. The same space, trials and random numbers give the same parameters; give each trial a
 * random source of its own (seeded by study and trial number), and a study continues alike after a restart. The space
 * must be free of `searchSpaceFaults`.
 */
export function suggest(input: {
  readonly space: SearchSpace
  readonly trials: readonly PastTrial[]
  readonly direction: Direction
  readonly random: Random
  readonly sampler?: SamplerName | undefined
}): Parameters {
  return input.sampler === 'random' ? sampleEvenly(input.space, input.random) : sampleByTpe(input)
}
