import type { Api } from '@millrace/ui/data'
import type { Loop } from '@millrace/ui/charts'
import type { IconName, LoopProgress, Sentence, State } from '@millrace/ui/parts'

/** What home answers: what waits for me, which loops are open, is production healthy. */
export interface HomeView {
  /** The first part in bold: what waits. Generated from the same rules as the list. */
  lead: string
  statement: Sentence
  timeline: { loops: readonly Loop[]; fromMs: number; toMs: number; nowMs: number }
  openLoops: readonly OpenLoop[]
  closedLoops: { medianMs: number | null; closed: number; rolledBack: number }
  attention: readonly Attention[]
  production: readonly ProductionRow[]
  runs: readonly RecentRun[]
  pipelineRuns: readonly RecentPipelineRun[]
}

export interface OpenLoop extends LoopProgress {
  id: string
  model: string
  /** "v12 → v13". */
  change: string
  to: string
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
  versions: readonly { name: string; role: 'champion' | 'canary' | 'shadow'; share: number }[]
  state: State
  health: string
  requestsPerSecond: number | null
  latencyP95Ms: number | null
  quality: readonly (number | null)[]
  /** The quality is an estimate, or it crosses its limit. */
  estimated: boolean
  falling: boolean
  drift: number | null
  driftOver: boolean
}

export interface RecentRun {
  id: string
  name: string
  experiment: string
  to: string
  state: State
  status: string
  metric: { name: string; value: number } | null
  curve: readonly number[]
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
] as const

export function loadHome(api: Api, range: string, signal: AbortSignal): Promise<HomeView> {
  return api.get<HomeView>('views/home', { query: { range }, signal })
}
