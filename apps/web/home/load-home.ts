import type { LoopRelease } from '@millrace/delivery/contract'
import { loopRow, type LoopRow } from '@millrace/delivery/web'
import { judgedMetric, loadCurve, runRow, type RunRow } from '@millrace/experiment-tracking/web'
import type { Run } from '@millrace/experiment-tracking/contract'
import type { Approval } from '@millrace/governance/contract'
import { loadEndpoints, type EndpointRow } from '@millrace/model-serving/web'
import { loadMonitors, type MonitorRow } from '@millrace/monitoring/web'
import type { Incident } from '@millrace/monitoring/contract'
import type { PipelineRun } from '@millrace/pipelines/contract'
import type { Api } from '@millrace/ui/data'
import type { Loop } from '@millrace/ui/charts'
import type { IconName, Sentence, State } from '@millrace/ui/parts'
import { attentionOf, statementOf } from './attention.ts'
import { timelineOf } from './loops.ts'
import { productionRow, recentPipelineRun, recentRun } from './recent.ts'

/** What home answers: what waits for me, which loops are open, is production healthy. */
export interface HomeView {
  /** The first part in bold: what waits. Generated from the same rules as the list. */
  lead: string
  statement: Sentence
  timeline: { loops: readonly Loop[]; fromMs: number; toMs: number; nowMs: number }
  openLoops: readonly LoopRow[]
  lastLoops: readonly LoopRow[]
  closedLoops: { medianMs: number | null; live: number; refused: number; rolledBack: number }
  attention: readonly Attention[]
  production: readonly ProductionRow[]
  runs: readonly RecentRun[]
  pipelineRuns: readonly RecentPipelineRun[]
}

export interface Attention {
  id: string
  state: State
  title: Sentence
  why: string
  atMs: number
  act: string
  /** Waits for the reader: its button has an edge. */
  mine: boolean
  to: string
}

export interface ProductionRow {
  endpoint: string
  to: string
  versions: EndpointRow['versions']
  state: State
  health: string
  requestsPerSecond: number | null
  latencyP95Ms: number | null
  /** The watched figure by window. */
  quality: readonly (number | null)[]
  qualityName: string
  falling: boolean
  drifted: { features: number; of: number } | null
}

export interface RecentRun {
  id: string
  name: string
  experiment: string
  to: string
  state: State
  status: string
  metric: { name: string; value: number } | null
  curve: readonly (number | null)[]
  startedAtMs: number
}

export interface RecentPipelineRun {
  id: string
  pipeline: string
  number: number
  to: string
  steps: readonly ('ran' | 'cached' | 'running' | 'failed' | 'waiting')[]
  trigger: { icon: IconName; name: string }
  tookMs: number | null
  startedAtMs: number
}

export type HomeRange = '24h' | '7d' | '30d'

export const homeTopics = [
  'delivery',
  'pipelines',
  'model-serving',
  'monitoring',
  'governance',
  'experiment-tracking.run',
  'experiment-tracking.log-run',
] as const

/** What `GET /loop` answers. */
export interface LoopAnswer {
  open: readonly LoopRelease[]
  closed: readonly LoopRelease[]
  counts: { live: number; rejected: number; rolledBack: number; failed: number; suppressed: number }
  medianMs: number | null
}

export interface Waiting {
  approvals: readonly Approval[]
  incidents: readonly Incident[]
  failed: readonly PipelineRun[]
  endpoints: readonly EndpointRow[]
  me: { id: string; name: string }
}

interface Items<Item> {
  items: readonly Item[]
}

const LATEST = 6

export async function loadHome(api: Api, range: string, signal: AbortSignal): Promise<HomeView> {
  const list = <Item>(path: string, query: Record<string, string | number>) =>
    api.get<Items<Item>>(path, { query, signal })
  const [loop, approvals, incidents, endpoints, monitors, runs, pipelineRuns, me] = await Promise.all([
    api.get<LoopAnswer>('loop', { signal }),
    list<Approval>('approvals', { state: 'requested', limit: 50 }),
    list<Incident>('incidents', { limit: 50 }),
    loadEndpoints(api, signal),
    loadMonitors(api, signal),
    api.post<Items<Run>>('runs/search', { limit: LATEST }, { signal }),
    list<PipelineRun>('pipeline-runs', { limit: LATEST }),
    api.get<{ actor: { id: string; name: string } }>('me', { signal }),
  ])
  const waiting: Waiting = {
    approvals: approvals.items,
    incidents: incidents.items.filter((each) => each.state === 'open' || each.state === 'mitigated'),
    failed: pipelineRuns.items.filter((each) => each.state === 'failed'),
    endpoints: endpoints.items,
    me: me.actor,
  }
  const attention = attentionOf(waiting)
  const recent = await Promise.all(runs.items.map((run) => loadRecent(api, run, signal)))
  return {
    ...statementOf(attention, production(endpoints.items, monitors.items), loop.open),
    timeline: timelineOf(loop, range, Date.now()),
    openLoops: loop.open.map(loopRow),
    lastLoops: loop.closed
      .filter((each) => !each.suppressed)
      .slice(0, 4)
      .map(loopRow),
    closedLoops: {
      medianMs: loop.medianMs,
      live: loop.counts.live,
      refused: loop.counts.rejected,
      rolledBack: loop.counts.rolledBack,
    },
    attention,
    production: production(endpoints.items, monitors.items),
    runs: recent,
    pipelineRuns: pipelineRuns.items.map(recentPipelineRun),
  }
}

function production(endpoints: readonly EndpointRow[], monitors: readonly MonitorRow[]): ProductionRow[] {
  return endpoints.map((endpoint) =>
    productionRow(
      endpoint,
      monitors.filter((monitor) => monitor.endpoint === endpoint.name),
    ),
  )
}

async function loadRecent(api: Api, run: Run, signal: AbortSignal): Promise<RecentRun> {
  const row: RunRow = runRow(run)
  const judged = judgedMetric([row])?.metric ?? null
  const isSeries = judged !== null && (row.points[judged] ?? 0) > 1
  const curve = isSeries ? (await loadCurve(api, run.id, judged, signal)).y : []
  return recentRun(run, row, judged, curve)
}
