import type { PipelineRun } from '@millrace/pipelines/contract'
import type { GraphEdge, GraphNode } from '@millrace/ui/graph'
import { duration } from '@millrace/ui/format'
import type { IconName, State } from '@millrace/ui/parts'

export type RunStep = PipelineRun['steps'][number]

interface StepLook {
  state: State
  word: string
  cell: 'ran' | 'cached' | 'running' | 'failed' | 'waiting'
  icon: IconName
}

const looks: Readonly<Record<RunStep['state'], StepLook>> = {
  waiting: { state: 'wait', word: 'waits', cell: 'waiting', icon: 'clock' },
  ready: { state: 'wait', word: 'queued', cell: 'waiting', icon: 'clock' },
  running: { state: 'live', word: 'running', cell: 'running', icon: 'prediction' },
  succeeded: { state: 'ok', word: 'done', cell: 'ran', icon: 'check' },
  failed: { state: 'bad', word: 'failed', cell: 'failed', icon: 'cross' },
  skipped: { state: 'skip', word: 'skipped', cell: 'waiting', icon: 'minus' },
  cached: { state: 'cache', word: 'from cache', cell: 'cached', icon: 'copy' },
  cancelled: { state: 'skip', word: 'cancelled', cell: 'waiting', icon: 'minus' },
  upstream_failed: { state: 'skip', word: 'not reached', cell: 'waiting', icon: 'minus' },
}

/** How a step's state looks and reads. */
export function stepLook(step: RunStep): StepLook {
  return looks[step.state]
}

const runs: Readonly<Record<PipelineRun['state'], { state: State; status: string }>> = {
  queued: { state: 'wait', status: 'Queued' },
  running: { state: 'live', status: 'Running' },
  succeeded: { state: 'ok', status: 'Done' },
  failed: { state: 'bad', status: 'Failed' },
  cancelled: { state: 'skip', status: 'Cancelled' },
}

/** How a run's state looks and reads; a running one says how far it is. */
export function runLook(run: PipelineRun): { state: State; status: string } {
  const look = runs[run.state]
  if (run.state !== 'running') return look
  const done = run.steps.filter((step) => step.state === 'succeeded' || step.state === 'cached').length
  return { ...look, status: `Running, ${done} of ${run.steps.length}` }
}

/** How long a run or step took; null while it has not ended. */
export function tookMs(one: { startedAtMs: number | null; endedAtMs: number | null }): number | null {
  return one.startedAtMs === null || one.endedAtMs === null ? null : one.endedAtMs - one.startedAtMs
}

/** The steps of a run as a graph. */
export function stepGraph(steps: readonly RunStep[]): { nodes: GraphNode[]; edges: GraphEdge[] } {
  return {
    nodes: steps.map((step) => ({ id: step.name, name: step.name, icon: stepLook(step).icon, ...factOf(step) })),
    edges: steps.flatMap((step) => step.after.map((before) => ({ from: before, to: step.name }))),
  }
}

function factOf(step: RunStep): Pick<GraphNode, 'fact' | 'tone'> {
  const { word, cell } = stepLook(step)
  const took = tookMs(step)
  const tries = step.attempts.length > 1 ? `, try ${step.attempts.length}` : ''
  if (cell === 'running') return { fact: `running${tries}`, tone: 'path' }
  if (cell === 'failed') return { fact: `failed${tries}`, tone: 'alarm' }
  if (cell === 'waiting') return { fact: word, tone: 'dim' }
  return { fact: cell === 'ran' && took !== null ? `${duration(took)}${tries}` : word }
}
