import type { JobState } from '@millrace/compute/contract'
import type { RunState, StepState } from '../contract.ts'
import type { Graph, GraphStep, KindSpec } from './graph.ts'
import type { Json, Values } from './values.ts'

/** A version as the engine needs it. */
export interface VersionRecord {
  readonly id: string
  readonly pipeline: string
  readonly number: number
  readonly module: string
  readonly filesDigest: string
  readonly codeId: string
  readonly graph: Graph
  readonly parameters: Readonly<Record<string, KindSpec>>
}

export interface RunRecord {
  readonly id: string
  readonly pipeline: string
  readonly versionId: string
  readonly versionNumber: number
  readonly number: number
  readonly state: RunState
  readonly parameters: Readonly<Record<string, Json>>
  readonly trigger: { readonly kind: string; readonly id: string; readonly reason?: string | undefined }
  readonly key: string | null
  readonly useCache: boolean
  readonly cancelRequested: boolean
  readonly outputs: Readonly<Record<string, Json>> | null
  readonly reason: string | null
  /** Steps that have not ended yet. */
  readonly stepsLeft: number
  readonly createdAtMs: number
  readonly startedAtMs: number | null
  readonly endedAtMs: number | null
}

export interface StepRecord {
  readonly id: string
  readonly runId: string
  readonly name: string
  readonly position: number
  readonly plan: GraphStep
  readonly state: StepState
  /** Steps before it that have not ended well yet. */
  readonly waitsFor: number
  readonly inputs: Values | null
  readonly outputs: Values | null
  readonly cachedFrom: string | null
  readonly cacheReason: string | null
  readonly cacheKey: string | null
  readonly reason: string | null
  readonly startedAtMs: number | null
  readonly endedAtMs: number | null
}

export interface AttemptRecord {
  readonly id: string
  readonly stepId: string
  readonly runId: string
  readonly number: number
  readonly state: JobState
  readonly jobId: string
  readonly startedAtMs: number | null
  readonly endedAtMs: number | null
  readonly reason: string | null
}

/** True when a step has ended, well or not. */
export function stepHasEnded(state: StepState): boolean {
  return state !== 'waiting' && state !== 'ready' && state !== 'running'
}

/** True when the steps after it may go on. */
export function endedWell(state: StepState): boolean {
  return state === 'succeeded' || state === 'cached' || state === 'skipped'
}

/** How a run ended, by the ends of all its steps: any step that failed fails it. */
export function runStateOf(states: readonly StepState[], cancelRequested: boolean): RunState {
  if (states.every(endedWell)) return 'succeeded'
  const failed = states.includes('failed') || !cancelRequested
  return failed ? 'failed' : 'cancelled'
}
