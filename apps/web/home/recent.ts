import type { RunRow } from '@millrace/experiment-tracking/web'
import type { Run } from '@millrace/experiment-tracking/contract'
import type { EndpointRow } from '@millrace/model-serving/web'
import type { MonitorRow } from '@millrace/monitoring/web'
import type { PipelineRun } from '@millrace/pipelines/contract'
import type { IconName } from '@millrace/ui/parts'
import { href } from '@millrace/ui/shell'
import type { ProductionRow, RecentPipelineRun, RecentRun } from './load-home.ts'

const worst = { bad: 0, warn: 1, live: 2, idle: 3, wait: 3, skip: 3, cache: 3, ok: 4 } as const

/** An endpoint with what its monitors say of it. */
export function productionRow(endpoint: EndpointRow, monitors: readonly MonitorRow[]): ProductionRow {
  const firing = monitors.filter((monitor) => monitor.state === 'bad')
  const watched = monitors.find((monitor) => monitor.quality.some((value) => value !== null))
  const drifting = monitors
    .flatMap((monitor) => (monitor.drifted === null ? [] : [monitor.drifted]))
    .toSorted((a, b) => b.features - a.features)[0]
  const alarmed = firing.length > 0 && worst[endpoint.state] > worst.warn
  return {
    endpoint: endpoint.name,
    to: href('endpoints', endpoint.name),
    versions: endpoint.versions,
    state: alarmed ? 'warn' : endpoint.state,
    health: alarmed ? 'Alert firing' : endpoint.status,
    requestsPerSecond: endpoint.requestsPerSecond,
    latencyP95Ms: endpoint.latencyP95Ms,
    quality: watched?.quality ?? [],
    qualityName: watched?.qualityName ?? '',
    falling: watched?.state === 'bad',
    drifted: drifting ?? null,
  }
}

/** A run among the latest of all. */
export function recentRun(run: Run, row: RunRow, judged: string | null, curve: readonly (number | null)[]): RecentRun {
  const value = judged === null ? undefined : row.metrics[judged]
  return {
    id: run.id,
    name: run.name,
    experiment: run.experiment,
    to: href('experiments', run.experiment, 'runs', run.id),
    state: row.state,
    status: row.status,
    metric: judged === null || value === undefined ? null : { name: judged, value },
    curve,
    startedAtMs: row.startedAtMs,
  }
}

const cells: Readonly<Record<PipelineRun['steps'][number]['state'], RecentPipelineRun['steps'][number]>> = {
  waiting: 'waiting',
  ready: 'waiting',
  running: 'running',
  succeeded: 'ran',
  failed: 'failed',
  skipped: 'waiting',
  cached: 'cached',
  cancelled: 'waiting',
  upstream_failed: 'waiting',
}
const triggers: Readonly<Record<string, IconName>> = {
  schedule: 'clock',
  alert: 'bell',
  release: 'retry',
  'dataset-version': 'dataset',
}

/** A pipeline run among the latest. */
export function recentPipelineRun(run: PipelineRun): RecentPipelineRun {
  const startedAtMs = run.startedAtMs ?? run.createdAtMs
  return {
    id: run.id,
    pipeline: run.pipeline,
    number: run.number,
    to: href('pipelines', run.pipeline, 'runs', run.id),
    steps: run.steps.map((step) => cells[step.state]),
    trigger: { icon: triggers[run.trigger.kind] ?? 'person', name: run.trigger.reason ?? run.trigger.kind },
    tookMs: run.endedAtMs === null ? null : run.endedAtMs - startedAtMs,
    startedAtMs,
  }
}
