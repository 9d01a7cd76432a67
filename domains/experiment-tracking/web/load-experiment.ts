import type { Run } from '@millrace/experiment-tracking/contract'
import { asProblem, type Api } from '@millrace/ui/data'
import { lowerIsBetter } from '@millrace/ui/format'
import type { State } from '@millrace/ui/parts'
import { judgedMetric } from './judged-metric.ts'
import { loadSeries } from './load-curves.ts'
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

export interface ExperimentView {
  name: string
  total: number
  /** There are runs beyond those counted. */
  more: boolean
  matching: number
  running: number
  runs: readonly RunRow[]
  /** The metric that says which run is best, and in which direction. */
  judgedBy: { metric: string; higherIsBetter: boolean } | null
  /** Metrics for which a lower value is better, to colour changes by meaning. */
  lowerIsBetter: readonly string[]
  /** Why the query did not work; the rows are then all of them. */
  queryProblem: string | null
}

/** The curves of some runs for some metrics. */
export interface Curves {
  charts: readonly {
    metric: string
    /** Points on the server. */
    total: number
    curves: readonly { run: string; x: readonly number[]; y: readonly (number | null)[] }[]
  }[]
}

export const experimentTopics = ['experiment-tracking.run', 'experiment-tracking.log-run'] as const

interface RunPage {
  items: readonly Run[]
  nextPageToken?: string
}

const MOST_RUNS = 1000
const MOST_CHARTS = 6

/** Fetches an experiment's runs: all of them, and those that the filter passes. */
export async function loadExperiment(
  api: Api,
  experiment: string,
  q: string,
  signal: AbortSignal,
): Promise<ExperimentView> {
  const search = (filter: string) =>
    api.post<RunPage>('runs/search', { experiments: [experiment], filter, limit: MOST_RUNS }, { signal })
  let queryProblem: string | null = null
  const filtered = q.trim() === '' ? null : search(q).catch(refused)
  const [all, found] = await Promise.all([search(''), filtered])
  return experimentView(experiment, all, found, queryProblem)

  function refused(thrown: unknown): null {
    const problem = asProblem(thrown)
    if (problem.status !== 400) throw thrown
    queryProblem = problem.message
    return null
  }
}

/** What the page shows of all runs and those found; `found` null without a filter. */
export function experimentView(
  name: string,
  all: RunPage,
  found: RunPage | null,
  queryProblem: string | null,
): ExperimentView {
  const runs = (found ?? all).items.map(runRow)
  return {
    name,
    total: all.items.length,
    more: all.nextPageToken !== undefined,
    matching: runs.length,
    running: all.items.filter((run) => run.status === 'running').length,
    runs,
    judgedBy: judgedMetric(runs),
    lowerIsBetter: metricKeys(runs, null).filter(lowerIsBetter),
    queryProblem,
  }
}

/** Fetches the curves of the runs in the charts, for the metrics that most of them have as a series. */
export async function loadCurves(
  api: Api,
  runs: readonly RunRow[],
  judged: string | null,
  signal: AbortSignal,
): Promise<Curves> {
  const metrics = metricKeys(runs, judged)
    .filter((key) => runs.some((run) => (run.points[key] ?? 0) > 1))
    .slice(0, MOST_CHARTS)
  const having = runs.filter((run) => metrics.some((metric) => (run.points[metric] ?? 0) > 1)).map((run) => run.id)
  const curves = await loadSeries(api, having, metrics, signal)
  return {
    charts: metrics.map((metric) => {
      const own = curves.filter((curve) => curve.metric === metric && curve.total > 1)
      return { metric, total: own.reduce((sum, curve) => sum + curve.total, 0), curves: own }
    }),
  }
}
