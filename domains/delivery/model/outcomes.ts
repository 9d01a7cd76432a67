import type { Release } from '../contract.ts'

type Ended = Pick<Release, 'outcome' | 'suppressed' | 'createdAtMs' | 'endedAtMs'>

/** How many of some ended releases ended how. A suppressed one counts as that alone. */
export function outcomesOf(releases: readonly Ended[]) {
  const trained = releases.filter((release) => !release.suppressed)
  const count = (outcome: Release['outcome']) => trained.filter((release) => release.outcome === outcome).length
  return {
    live: count('live'),
    rejected: count('rejected'),
    rolledBack: count('rolled_back'),
    failed: count('failed'),
    suppressed: releases.length - trained.length,
  }
}

/** The median time from trigger to live, in ms; the lower of the two in the middle; null when none went live. */
export function medianMsToLive(releases: readonly Ended[]): number | null {
  const took = releases
    .filter((release) => release.outcome === 'live' && release.endedAtMs !== null)
    .map((release) => (release.endedAtMs ?? 0) - release.createdAtMs)
    .toSorted((a, b) => a - b)
  return took[Math.floor((took.length - 1) / 2)] ?? null
}
