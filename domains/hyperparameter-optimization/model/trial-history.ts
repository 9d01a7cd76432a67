import type { Parameters } from './search-space.ts'

/** What is known of a trial, in the order in which trials were started. */
export type PastTrial = {
  readonly params: Parameters
  /** The objective: final when complete, the last report when pruned; null when there is none. */
  readonly value: number | null
  readonly state: 'waiting' | 'running' | 'complete' | 'pruned' | 'failed'
  /** The last step that reported a value; orders pruned trials. */
  readonly lastStep?: number | undefined
}

/** Which way the objective is better. */
export type Direction = 'minimize' | 'maximize'

/** The best complete trial (the first of equals), or null when none has a finite value. */
export function bestTrial<T extends PastTrial>(trials: readonly T[], direction: Direction): T | null {
  let best: T | null = null
  let least = Number.POSITIVE_INFINITY
  for (const trial of trials) {
    const loss = lossOf(trial, direction)
    if (trial.state !== 'complete' || !(loss < least)) continue
    best = trial
    least = loss
  }
  return best
}

/** The objective turned so that less is better; NaN when there is none. */
export function lossOf(trial: PastTrial, direction: Direction): number {
  if (trial.value === null) return Number.NaN
  return direction === 'minimize' ? trial.value : -trial.value
}

/** Finished trials that a sampler can learn from, best first: complete by value, then pruned by how far they came and by value. */
export function rankedTrials<T extends PastTrial>(trials: readonly T[], direction: Direction): T[] {
  const rankOf = (trial: T): number[] => {
    const loss = lossOf(trial, direction)
    if (trial.state === 'complete') return [0, 0, loss]
    return [1, -(trial.lastStep ?? -1), Number.isNaN(loss) ? Number.POSITIVE_INFINITY : loss]
  }
  return trials
    .filter(
      (trial) => trial.state === 'pruned' || (trial.state === 'complete' && Number.isFinite(trial.value ?? Number.NaN)),
    )
    .map((trial) => ({ trial, rank: rankOf(trial) }))
    .sort((left, right) => compareRanks(left.rank, right.rank))
    .map(({ trial }) => trial)
}

function compareRanks(left: readonly number[], right: readonly number[]): number {
  for (const [index, value] of left.entries()) {
    const other = right[index] ?? value
    if (value !== other) return value < other ? -1 : 1
  }
  return 0
}
