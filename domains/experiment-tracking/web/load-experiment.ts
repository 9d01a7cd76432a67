import type { Facet, Run } from '@millrace/experiment-tracking/contract'
import { asProblem, type Api } from '@millrace/ui/data'
import { lowerIsBetter } from '@millrace/ui/format'
import type { State } from '@millrace/ui/parts'
import { tellingParams } from './facets.ts'
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
  matching: number
  running: number
  /** Those that match, at most a thousand: the first in the order asked for. */
  runs: readonly RunRow[]
  /** The metric that says which run is best, and in which direction. */
  judgedBy: { metric: string; higherIsBetter: boolean } | null
  /** Metrics for which a lower value is better, to colour changes by meaning. */
  lowerIsBetter: readonly string[]
  /** How often values occur among all runs that match. */
  facets: readonly Facet[]
  /** Why the query did not work, and which piece of it; the rows are then all of them. */
  queryProblem: QueryProblem | null
}

export interface QueryProblem {
  query: string
  message: string
  span: { readonly start: number; readonly end: number } | null
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
const MOST_VALUES = 8

export interface Asked {
  /** In the query language; empty for all runs. */
  q: string
  /** A column and its direction, as the address has it; null for the best first. */
  sort: { id: string; descending: boolean } | null
}

/** Fetches the runs of an experiment that a query finds, and counts what they differ in. */
export async function loadExperiment(
  api: Api,
  experiment: string,
  asked: Asked,
  signal: AbortSignal,
): Promise<ExperimentView> {
  const among = { experiments: [experiment] }
  const numberOf = async (query: string) => {
    const wanted = query === '' ? among : { ...among, query }
    return (await api.post<{ count: number }>('runs/count', wanted, { signal })).count
  }
  const [total, running, found] = await Promise.all([
    numberOf(''),
    numberOf("status = 'running'"),
    findRuns(api, experiment, asked, signal),
  ])
  const { runs, judgedBy, query, queryProblem } = found
  const fields = ['status', ...tellingParams(runs).map((key) => `params.\`${key}\``), 'data', 'user']
  const wanted = { ...among, ...(query === '' ? {} : { query }), fields, limit: MOST_VALUES, keys: false }
  const counted = await api.post<{ count: number; facets: readonly Facet[] }>('runs/facets', wanted, { signal })
  return {
    name: experiment,
    total,
    matching: counted.count,
    running,
    runs,
    judgedBy,
    lowerIsBetter: metricKeys(runs, null).filter(lowerIsBetter),
    facets: counted.facets,
    queryProblem,
  }
}

/** The first runs in order. A query that cannot be read is said, and all runs are found. */
async function findRuns(api: Api, experiment: string, { q, sort }: Asked, signal: AbortSignal) {
  const search = (query: string, order: Asked['sort']) => {
    const orderBy = order === null ? [] : orderOf(order)
    const wanted = { experiments: [experiment], orderBy, limit: MOST_RUNS, ...(query === '' ? {} : { query }) }
    return api.post<RunPage>('runs/search', wanted, { signal })
  }
  let query = q.trim()
  let queryProblem: QueryProblem | null = null
  let page = await search(query, sort).catch((thrown: unknown) => {
    const problem = asProblem(thrown)
    if (problem.status !== 400) throw thrown
    queryProblem = { query, message: problem.message, span: problem.span }
    return null
  })
  if (page === null) {
    query = ''
    page = await search('', sort)
  }
  let runs = page.items.map(runRow)
  const judgedBy = judgedMetric(runs)
  // The best of all, not the best of the newest thousand.
  if (sort === null && judgedBy !== null && page.nextPageToken !== undefined) {
    const best = await search(query, { id: `metrics.${judgedBy.metric}`, descending: judgedBy.higherIsBetter })
    runs = best.items.map(runRow)
  }
  return { runs, judgedBy, query, queryProblem }
}

const attributes: Readonly<Record<string, string>> = {
  name: 'attributes.run_name',
  status: 'attributes.status',
  started: 'attributes.start_time',
  took: 'took',
}

/** A column of the table as the search orders by it. */
function orderOf({ id, descending }: { id: string; descending: boolean }): string[] {
  const [, family, key] = /^(metrics|params)\.(.+)$/s.exec(id) ?? []
  const field = family === undefined ? attributes[id] : `${family}.\`${key ?? ''}\``
  return field === undefined ? [] : [`${field} ${descending ? 'DESC' : 'ASC'}`]
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
