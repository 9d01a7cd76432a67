import type { RunRow } from './load-experiment.ts'

/** Metric keys, the judged one first, then by how many runs have them. */
export function metricKeys(runs: readonly RunRow[], first: string | null): string[] {
  return byFrequency(runs.map((run) => Object.keys(run.metrics))).toSorted(
    (a, b) => Number(b === first) - Number(a === first),
  )
}

/** Parameter keys that differ between the runs, most frequent first; those that never differ say nothing. */
export function paramKeys(runs: readonly RunRow[]): string[] {
  return byFrequency(runs.map((run) => Object.keys(run.params))).filter(
    (key) => new Set(runs.map((run) => run.params[key])).size > 1,
  )
}

function byFrequency(lists: readonly (readonly string[])[]): string[] {
  const counts = new Map<string, number>()
  for (const key of lists.flat()) counts.set(key, (counts.get(key) ?? 0) + 1)
  return [...counts].toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([key]) => key)
}

/** The part before the last slash groups columns; a key without one stands under "metrics". */
export function metricGroup(key: string): { group: string; name: string } {
  const at = key.lastIndexOf('/')
  return at <= 0 ? { group: 'metrics', name: key } : { group: key.slice(0, at), name: key.slice(at + 1) }
}

/** Runs in the order of a column; those without a value stand last in both directions. */
export function sortRuns(runs: readonly RunRow[], sort: { id: string; descending: boolean } | null): RunRow[] {
  if (sort === null) return [...runs]
  const value = (run: RunRow) => sortValue(run, sort.id)
  const sign = sort.descending ? -1 : 1
  return runs.toSorted((a, b) => {
    const [left, right] = [value(a), value(b)]
    if (left === undefined || right === undefined) return Number(left === undefined) - Number(right === undefined)
    return sign * compare(left, right)
  })
}

function compare(left: number | string, right: number | string): number {
  return typeof left === 'number' && typeof right === 'number'
    ? left - right
    : String(left).localeCompare(String(right), 'en', { numeric: true })
}

function sortValue(run: RunRow, id: string): number | string | undefined {
  if (id.startsWith('metrics.')) return run.metrics[id.slice(8)]
  if (id.startsWith('params.')) {
    const text = run.params[id.slice(7)]
    return text === undefined || text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text)
  }
  if (id === 'started') return run.startedAtMs
  if (id === 'took') return run.tookMs ?? undefined
  return id === 'status' ? run.status : run.name
}

/** The run with the best value of a metric. */
export function bestRun(runs: readonly RunRow[], metric: string, higherIsBetter: boolean): string | null {
  const known = runs.filter((run) => Number.isFinite(run.metrics[metric]))
  return sortRuns(known, { id: `metrics.${metric}`, descending: higherIsBetter })[0]?.id ?? null
}
