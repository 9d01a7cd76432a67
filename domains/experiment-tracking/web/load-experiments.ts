import type { Experiment, Facet, Run } from '@millrace/experiment-tracking/contract'
import type { Api } from '@millrace/ui/data'
import { judgedMetric } from './judged-metric.ts'
import { bestRun } from './run-table.ts'
import { runRow } from './run-row.ts'

export interface ExperimentRow {
  name: string
  runs: number
  running: number
  /** The best value of the metric that most runs have, among the newest runs of the workspace. */
  best: { metric: string; value: number } | null
  lastRunAtMs: number | null
  createdAtMs: number
}

export const experimentsTopics = ['experiment-tracking'] as const

const MOST_EXPERIMENTS = 500
const MOST_RUNS = 500

export async function loadExperiments(api: Api, signal: AbortSignal): Promise<{ items: readonly ExperimentRow[] }> {
  const counted = async (asked: { query?: string }) => {
    const wanted = { ...asked, fields: ['experiment'], limit: MOST_EXPERIMENTS, keys: false }
    const { facets } = await api.post<{ facets: readonly Facet[] }>('runs/facets', wanted, { signal })
    return new Map(facets[0]?.values.map(({ value, runs }) => [value, runs]))
  }
  const [experiments, newest, runs, running] = await Promise.all([
    api.get<{ items: readonly Experiment[] }>('experiments', { query: { limit: MOST_EXPERIMENTS }, signal }),
    api.post<{ items: readonly Run[] }>('runs/search', { limit: MOST_RUNS }, { signal }),
    counted({}),
    counted({ query: "status = 'running'" }),
  ])
  const byExperiment = Map.groupBy(newest.items, (run) => run.experimentId)
  return {
    items: experiments.items.map((each) => ({
      ...experimentRow(each, byExperiment.get(each.id) ?? []),
      runs: runs.get(each.name) ?? 0,
      running: running.get(each.name) ?? 0,
    })),
  }
}

/** An experiment with what its newest runs say. */
function experimentRow(experiment: Experiment, runs: readonly Run[]): Omit<ExperimentRow, 'runs' | 'running'> {
  const rows = runs.map(runRow)
  const judged = judgedMetric(rows)
  const best = judged === null ? null : bestRun(rows, judged.metric, judged.higherIsBetter)
  const value = rows.find((row) => row.id === best)?.metrics[judged?.metric ?? '']
  return {
    name: experiment.name,
    best: judged === null || value === undefined ? null : { metric: judged.metric, value },
    lastRunAtMs: rows.length === 0 ? null : Math.max(...rows.map((row) => row.startedAtMs)),
    createdAtMs: experiment.createdAtMs,
  }
}
