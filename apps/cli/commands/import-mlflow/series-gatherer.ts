import type { RunPoints, SourceSeries, Wire } from './source.ts'

/** Points in one piece: what one request carries. */
const mostPoints = 20_000

/** Gathers points that come one by one, run after run, into pieces of one run each. */
export class SeriesGatherer {
  #runId = ''
  #points = 0
  #series = new Map<string, SourceSeries>()

  /** The piece that is finished when a point of this run comes next. */
  full(runId: string): RunPoints | undefined {
    return this.#points > 0 && (runId !== this.#runId || this.#points >= mostPoints) ? this.rest() : undefined
  }

  add(runId: string, key: string, point: { readonly step: Wire; readonly timeMs: Wire; readonly value: Wire }): void {
    this.#runId = runId
    let series = this.#series.get(key)
    if (series === undefined) {
      series = { key, steps: [], timesMs: [], values: [] }
      this.#series.set(key, series)
    }
    series.steps.push(point.step)
    series.timesMs.push(point.timeMs)
    series.values.push(point.value)
    this.#points += 1
  }

  /** What was gathered and not given yet. */
  rest(): RunPoints | undefined {
    if (this.#points === 0) return undefined
    const points = { runId: this.#runId, points: this.#points, series: [...this.#series.values()] }
    this.#points = 0
    this.#series = new Map()
    return points
  }
}
