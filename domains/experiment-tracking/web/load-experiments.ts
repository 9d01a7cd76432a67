import type { Experiment, Run } from '@millrace/experiment-tracking/contract'
import type { Api } from '@millrace/ui/data'
import { judgedMetric } from './judged-metric.ts'
import { bestRun } from './run-table.ts'
import { runRow } from './run-row.ts'

export interface ExperimentRow {
  name: string
  runs: number
  /** There are more runs than were counted. */
  more: boolean
  running: number
  /** The best value of the metric that most runs have. */
  best: { metric: string; value: number } | null
  lastRunAtMs: number | null
  createdAtMs: number
}

export const experimentsTopics = ['experiment-tracking'] as const

const MOST_RUNS = 500

export async function loadExperiments(api: Api, signal: AbortSignal): Promise<{ items: readonly ExperimentRow[] }> {
  const [experiments, runs] = await Promise.all([
    api.get<{ items: readonly Experiment[] }>('experiments', { query: { limit: 500 }, signal }),
    api.post<{ items: readonly Run[]; nextPageToken?: string }>('runs/search', { limit: MOST_RUNS }, { signal }),
  ])
  const byExperiment = Map.groupBy(runs.items, (run) => run.experimentId)
  const cut = runs.nextPageToken !== undefined
  return { items: experiments.items.map((each) => experimentRow(each, byExperiment.get(each.id) ?? [], cut)) }
}

/** An experiment with what its runs say; `cut` when there are runs beyond those given. */
export function experimentRow(experiment: Experiment, runs: readonly Run[], cut: boolean): ExperimentRow {
  const rows = runs.map(runRow)
  const judged = judgedMetric(rows)
  const best = judged === null ? null : bestRun(rows, judged.metric, judged.higherIsBetter)
  const value = rows.find((row) => row.id === best)?.metrics[judged?.metric ?? '']
  return {
    name: experiment.name,
    runs: runs.length,
    more: cut && runs.length > 0,
    running: runs.filter((run) => run.status === 'running').length,
    best: judged === null || value === undefined ? null : { metric: judged.metric, value },
    lastRunAtMs: rows.length === 0 ? null : Math.max(...rows.map((row) => row.startedAtMs)),
    createdAtMs: experiment.createdAtMs,
  }
}
