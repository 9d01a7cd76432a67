import type { Run } from '@millrace/experiment-tracking/contract'
import type { Api } from '@millrace/ui/data'
import type { State } from '@millrace/ui/parts'
import { loadSeries, type Curve, type XAxis } from './load-curves.ts'
import { runRow } from './run-row.ts'
import { metricKeys } from './run-table.ts'

/** One row of the run table. Metrics are the latest values by key. */
export interface RunRow {
  id: string
  name: string
  state: State
  status: string
  metrics: Readonly<Record<string, number>>
  /** How many points each metric's series has. */
  points: Readonly<Record<string, number>>
  params: Readonly<Record<string, string>>
  data: readonly string[]
  code: string | null
  author: string
  tags: Readonly<Record<string, string>>
  startedAtMs: number
  tookMs: number | null
}

/** The curves of some runs for some metrics. */
export interface Curves {
  charts: readonly {
    metric: string
    /** Points on the server within the range shown. */
    total: number
    curves: readonly Curve[]
  }[]
  /** Metrics that the runs have as a series, for a choice of the x axis. */
  metrics: readonly string[]
}

export const experimentTopics = ['experiment-tracking.run', 'experiment-tracking.log-run'] as const

const MOST_CHARTS = 6

/** Which curves are wanted of the runs in the charts. */
export interface CurvesAsked {
  readonly runs: readonly string[]
  /** The metric that stands first. */
  readonly judged: string | null
  /** A regular expression that metric names match; empty for those that most runs have. */
  readonly panels: string
  readonly axis: XAxis
}

/** Fetches the curves of the runs in the charts, for the metrics that most of them have as a series. */
export async function loadCurves(api: Api, asked: CurvesAsked, signal: AbortSignal): Promise<Curves> {
  if (asked.runs.length === 0) return { charts: [], metrics: [] }
  const query = `id in (${asked.runs.map((id) => `'${id}'`).join(', ')})`
  const { items } = await api.post<{ items: readonly Run[] }>(
    'runs/search',
    { query, limit: asked.runs.length },
    { signal },
  )
  const runs = items.map(runRow)
  const all = metricKeys(runs, asked.judged).filter((key) => runs.some((run) => (run.points[key] ?? 0) > 1))
  const metrics = all.filter(named(asked.panels)).slice(0, asked.panels === '' ? MOST_CHARTS : MOST_CHARTS * 4)
  const having = runs.filter((run) => metrics.some((metric) => (run.points[metric] ?? 0) > 1)).map((run) => run.id)
  const curves = await loadSeries(api, having, metrics, signal, asked.axis)
  return {
    metrics: all,
    charts: metrics.map((metric) => {
      const own = curves.filter((curve) => curve.metric === metric && curve.total > 1)
      return { metric, total: own.reduce((sum, curve) => sum + curve.inRange, 0), curves: own }
    }),
  }
}

/** Whether a name fits what was typed: a regular expression, or the words themselves while it is none. */
export function named(pattern: string): (name: string) => boolean {
  if (pattern === '') return () => true
  try {
    const form = new RegExp(pattern, 'iu')
    return (name) => form.test(name)
  } catch {
    return (name) => name.toLowerCase().includes(pattern.toLowerCase())
  }
}
