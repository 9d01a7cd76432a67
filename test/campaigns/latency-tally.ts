/** How long requests took, in a few kilobytes however many they are: exact to a tenth of a millisecond. */
export class LatencyTally {
  readonly #tenths = new Map<number, number>()
  count = 0

  add(tookMs: number): void {
    const tenth = Math.ceil(tookMs * 10)
    this.#tenths.set(tenth, (this.#tenths.get(tenth) ?? 0) + 1)
    this.count += 1
  }

  /** Takes over what another has counted. */
  addAll(other: LatencyTally): void {
    for (const [tenth, count] of other.#tenths) this.#tenths.set(tenth, (this.#tenths.get(tenth) ?? 0) + count)
    this.count += other.count
  }

  /** What this share of all requests took at most, in milliseconds. */
  quantileMs(share: number): number {
    let left = Math.ceil(this.count * share)
    for (const [tenth, count] of [...this.#tenths].toSorted(([a], [b]) => a - b)) {
      left -= count
      if (left <= 0) return tenth / 10
    }
    return Number.NaN
  }
}
