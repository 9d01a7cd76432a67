import type { Moments } from '@millrace/statistics'
import type { RolloutPlan } from './rollout-plan.ts'
import type { StepEvidence } from './traffic-evidence.ts'

/** A figure from elsewhere (monitoring) about both versions; null where there is none yet. Larger is worse. */
export interface OuterReading {
  readonly champion: number | null
  readonly canary: number | null
  readonly n: number
}

/** What a shadow answered beside the answers that were given, in its whole time. */
export interface ShadowSummary {
  readonly rows: number
  /** Of the output that agrees least. */
  readonly elements: number
  readonly agreeing: number
}

export interface JudgedRollout {
  readonly plan: RolloutPlan
  readonly step: number
  readonly stepStartedAtMs: number
  readonly steps: ReadonlyMap<number, StepEvidence>
  /** By guardrail name, for those of metric `reading`. */
  readonly readings: ReadonlyMap<string, OuterReading>
  /** By the name that feedback is sent under: one entry for each step, the same steps in both lists. */
  readonly feedback: ReadonlyMap<string, Arms>
  /** Undefined where the version has not been a shadow. */
  readonly shadow: ShadowSummary | undefined
  readonly nowMs: number
}

/** Moments of both arms, by step. */
export interface Arms {
  readonly champion: readonly Moments[]
  readonly canary: readonly Moments[]
}
