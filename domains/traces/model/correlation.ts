export interface Counts {
  readonly total: number
  readonly first: number
  readonly second: number
  readonly joint: number
}

/**
 * How much two conditions occur together: normalised pointwise mutual information (Bouma 2009), -1 never, 0 by chance,
 * 1 always; NaN where one of them never occurs. `smoothing` is added to every cell (0.5 is Jeffreys' prior).
 */
export function normalisedMutualInformation({ total, first, second, joint }: Counts, smoothing: number): number {
  const cells = [joint, first - joint, second - joint, total - first - second + joint]
  if (first === 0 || second === 0 || Math.min(...cells) < 0) return NaN
  if (joint === 0 && smoothing === 0) return -1
  if (joint === first && joint === second && smoothing === 0) return 1
  if (joint === total) return 1
  const [both, one, other, neither] = cells.map((count) => count + smoothing) as [number, number, number, number] // four went in
  const all = both + one + other + neither
  const information = Math.log(both) + Math.log(all) - (Math.log(both + one) + Math.log(both + other))
  return Math.max(-1, Math.min(1, information / (Math.log(all) - Math.log(both))))
}
