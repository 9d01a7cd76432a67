import type { JudgedRollout } from './judged-rollout.ts'
import { readGuardrail, sentenceOf } from './read-guardrail.ts'
import type { GuardrailReading } from './rollout-plan.ts'

export interface Judgement {
  readonly decision: 'keep' | 'pass-step' | 'promote' | 'roll-back' | 'pause'
  readonly verdicts: readonly GuardrailReading[]
  readonly progress: { readonly predictions: number; readonly labels: number }
  /** The guardrail that failed. */
  readonly guardrail?: string
  /** Why, in a sentence; absent for `keep`. */
  readonly reason?: string
}

/**
 * What the evidence says of an open rollout: a failed guardrail rolls back at once; a step passes when it has seen enough
 * and nothing has failed; the last one that passes promotes. Where the plan holds without a verdict, a step waits for its
 * guardrails, until its time limit. May be asked as often as wanted: verdicts hold at every look.
 */
export function judgeRollout(rollout: JudgedRollout): Judgement {
  const { plan, step, steps } = rollout
  const verdicts = plan.guardrails.map((rule) => readGuardrail(rule, rollout))
  const current = steps.get(step)?.canary
  const progress = { predictions: current?.rows ?? 0, labels: current?.labelled ?? 0 }
  const failed = verdicts.find(({ verdict }) => verdict === 'fail')
  if (failed !== undefined) {
    return { decision: 'roll-back', verdicts, progress, guardrail: failed.guardrail, reason: sentenceOf(failed) }
  }
  const lacks = lackOf(rollout, verdicts, progress)
  if (lacks === undefined) return pass(rollout, verdicts, progress)
  if (!isTimeUp(rollout)) return { decision: 'keep', verdicts, progress }
  const reason = `The step's time is up and it ${lacks}.`
  if (plan.onTimeLimit === 'pass') return { ...pass(rollout, verdicts, progress), reason }
  return { decision: plan.onTimeLimit, verdicts, progress, reason }
}

/** What a step in which nothing failed still waits for, as the end of a sentence; undefined where it may pass. */
function lackOf(
  rollout: JudgedRollout,
  verdicts: Judgement['verdicts'],
  progress: Judgement['progress'],
): string | undefined {
  const isHeld = (reading: GuardrailReading) => rollout.plan.withoutVerdict === 'hold' && holds(reading, rollout.step)
  const held = verdicts.find(isHeld)
  if (held !== undefined) return `has too little data for "${held.guardrail}"`
  return hasSeenEnough(rollout, progress) ? undefined : 'has not seen enough'
}

function pass(
  { plan, step }: JudgedRollout,
  verdicts: Judgement['verdicts'],
  progress: Judgement['progress'],
): Judgement {
  const isLast = step === plan.steps.length - 1
  const reason = isLast
    ? `All ${plan.steps.length} steps passed and no guardrail failed.`
    : 'The step has seen enough and no guardrail failed.'
  return { decision: isLast ? 'promote' : 'pass-step', verdicts, progress, reason }
}

/** Whether a step waits for this guardrail: of those that it can bring data for. */
function holds({ metric, verdict }: GuardrailReading, step: number): boolean {
  if (verdict !== 'not_enough_data') return false
  return step < 0 ? metric !== 'feedback' && metric !== 'reading' : metric !== 'shadow_agreement'
}

function isTimeUp({ plan, step, stepStartedAtMs, nowMs }: JudgedRollout): boolean {
  const limitMs = step < 0 ? plan.shadow?.maxDurationMs : plan.steps[step]?.maxDurationMs
  return limitMs !== undefined && nowMs - stepStartedAtMs >= limitMs
}

function hasSeenEnough(rollout: JudgedRollout, progress: Judgement['progress']): boolean {
  const { plan, step } = rollout
  if (step < 0) return progress.predictions >= (plan.shadow?.minPredictions ?? 0)
  const needs = plan.steps[step]
  if (needs === undefined) return false
  return (
    progress.predictions >= needs.minPredictions &&
    progress.labels >= needs.minLabels &&
    lengthMs(rollout) >= needs.minDurationMs &&
    rollout.nowMs - rollout.stepStartedAtMs >= needs.bakeMs
  )
}

function lengthMs({ plan, step, steps, stepStartedAtMs, nowMs }: JudgedRollout): number {
  if (plan.clock === 'wall') return nowMs - stepStartedAtMs
  const evidence = steps.get(step)
  if (evidence === undefined) return 0
  const { champion, canary } = evidence
  const spanMs = Math.max(champion.maxEventMs, canary.maxEventMs) - Math.min(champion.minEventMs, canary.minEventMs)
  return Math.max(0, spanMs)
}
