import type { Run } from '@millrace/experiment-tracking/contract'
import type { State } from '@millrace/ui/parts'
import type { RunRow } from './load-experiment.ts'

const states: Readonly<Record<Run['status'], State>> = {
  scheduled: 'wait',
  running: 'live',
  finished: 'ok',
  failed: 'bad',
  killed: 'skip',
}

/** How a run's status looks and reads. */
export function runStatus(status: Run['status']): { state: State; status: string } {
  return { state: states[status], status: status.slice(0, 1).toUpperCase() + status.slice(1) }
}

/** A run as one row of the table. */
export function runRow(run: Run): RunRow {
  const startedAtMs = run.startedAtMs ?? run.createdAtMs
  return {
    id: run.id,
    name: run.name,
    ...runStatus(run.status),
    // What JSON cannot say arrives as text: NaN, Infinity, -Infinity.
    metrics: Object.fromEntries(Object.entries(run.metrics).map(([key, value]) => [key, Number(value)])),
    points: Object.fromEntries(Object.entries(run.metricSummaries).map(([key, summary]) => [key, summary.points])),
    params: run.params,
    data: run.data.map((each) => each.name),
    code: run.code?.gitCommit?.slice(0, 7) ?? run.code?.filesDigest?.replace('sha256:', '').slice(0, 7) ?? null,
    author: run.createdBy,
    tags: run.tags,
    startedAtMs,
    tookMs: run.endedAtMs === null ? null : Math.max(0, run.endedAtMs - startedAtMs),
  }
}
