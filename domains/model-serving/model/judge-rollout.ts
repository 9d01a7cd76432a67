import type { GuardrailReading as StatisticalReading, LatencyHistogram, Moments } from '@millrace/statistics'
import {
  absoluteGuardrail,
  createLatencyHistogram,
  guardrail as judge,
  meanOf,
  proportionMoments,
} from '@millrace/statistics'
import type { Arm, ArmEvidence, StepEvidence } from './rollout-evidence.ts'
import type { Guardrail, GuardrailReading, RolloutPlan } from './rollout-plan.ts'

/** A figure from elsewhere (monitoring) about both versions; null where there is none yet. Larger is worse. */
export interface OuterReading {
  readonly champion: number | null
  readonly canary: number | null
  readonly n: number
}

export interface JudgedRollout {
  readonly plan: RolloutPlan
  readonly step: number
  readonly stepStartedAtMs: number
  readonly steps: ReadonlyMap<number, StepEvidence>
  /** By guardrail name, for those of metric `reading`. */
  readonly readings: ReadonlyMap<string, OuterReading>
  readonly nowMs: number
}

export interface Judgement {
  readonly decision: 'keep' | 'pass-step' | 'promote' | 'roll-back'
  readonly verdicts: readonly GuardrailReading[]
  readonly progress: { readonly predictions: number; readonly labels: number }
  /** The guardrail that failed. */
  readonly guardrail?: string
  /** Why, in a sentence; absent for `keep`. */
  readonly reason?: string
}

/**
 * What the evidence says of an open rollout: a failed guardrail rolls back at once; a step passes when it has seen enough
 * and nothing has failed; the last one that passes promotes. May be asked as often as wanted: verdicts hold at every look.
 */
export function judgeRollout(rollout: JudgedRollout): Judgement {
  const verdicts = rollout.plan.guardrails.map((rule) => readGuardrail(rule, rollout))
  const current = rollout.steps.get(rollout.step)?.canary
  const progress = { predictions: current?.rows ?? 0, labels: current?.labelled ?? 0 }
  const failed = verdicts.find(({ verdict }) => verdict === 'fail')
  if (failed !== undefined) {
    return { decision: 'roll-back', verdicts, progress, guardrail: failed.guardrail, reason: sentenceOf(failed) }
  }
  if (!hasSeenEnough(rollout, progress)) return { decision: 'keep', verdicts, progress }
  const isLast = rollout.step === rollout.plan.steps.length - 1
  const reason = isLast
    ? `All ${rollout.plan.steps.length} steps passed and no guardrail failed.`
    : 'The step has seen enough and no guardrail failed.'
  return { decision: isLast ? 'promote' : 'pass-step', verdicts, progress, reason }
}

function hasSeenEnough(rollout: JudgedRollout, progress: Judgement['progress']): boolean {
  const { plan, step } = rollout
  if (step < 0) return progress.predictions >= (plan.shadow?.minPredictions ?? 0)
  const needs = plan.steps[step]
  if (needs === undefined) return false
  return (
    progress.predictions >= needs.minPredictions &&
    progress.labels >= needs.minLabels &&
    lengthMs(rollout) >= needs.minDurationMs
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

function readGuardrail(rule: Guardrail, rollout: JudgedRollout): GuardrailReading {
  return readers[rule.metric](rule, rollout)
}

const readers: Readonly<Record<Guardrail['metric'], (rule: Guardrail, rollout: JudgedRollout) => GuardrailReading>> = {
  error_rate: (rule, rollout) =>
    compare(
      rule,
      'minimize',
      momentsOf(rollout, ({ errors, requests }) => proportionMoments(errors, requests)),
    ),
  log_loss: (rule, rollout) =>
    compare(
      rule,
      'minimize',
      momentsOf(rollout, ({ logLoss }) => logLoss),
      null,
    ),
  accuracy: (rule, rollout) =>
    compare(
      rule,
      'maximize',
      momentsOf(rollout, ({ accuracy }) => accuracy),
    ),
  latency_p95: (rule, rollout) => readLatency(rule, rollout),
  reading: (rule, rollout) => readOuter(rule, rollout.readings.get(rule.name)),
}

interface Arms {
  readonly champion: readonly Moments[]
  readonly canary: readonly Moments[]
}

/** One entry for each step: shares of traffic differ between steps, and a difference in time must not look like one of versions. */
function momentsOf({ steps }: JudgedRollout, pick: (evidence: ArmEvidence) => Moments): Arms {
  const all = [...steps.values()]
  return { champion: all.map(({ champion }) => pick(champion)), canary: all.map(({ canary }) => pick(canary)) }
}

function compare(
  rule: Guardrail,
  direction: 'minimize' | 'maximize',
  arms: Arms,
  range: readonly [number, number] | null = [0, 1],
): GuardrailReading {
  const nothing = arms.champion.length === 0
  const reading: StatisticalReading = nothing
    ? {
        verdict: 'not_enough_data',
        loss: Number.NaN,
        lower: Number.NaN,
        upper: Number.NaN,
        championCount: 0,
        canaryCount: 0,
      }
    : judge({ ...arms, direction, range, limit: rule.limit, alpha: rule.alpha })
  return {
    ...headOf(rule),
    verdict: reading.verdict,
    champion: finite(meanAsCanarySaw(arms)),
    canary: finite(meanOfAll(arms.canary)),
    difference: finite(reading.loss),
    lower: finite(reading.lower),
    upper: finite(reading.upper),
    n: reading.canaryCount,
  }
}

/** The share of answers slower than the limit must be at most 5 %: that is what a 95th percentile below the limit means. */
function readLatency(rule: Guardrail, { steps }: JudgedRollout): GuardrailReading {
  const [champion, canary] = [latencyOf(steps, 'champion'), latencyOf(steps, 'canary')]
  const count = canary.count()
  const slow = count - canary.countAtMost(rule.limit)
  const { verdict, lower, upper } = absoluteGuardrail({
    successes: slow,
    count,
    direction: 'minimize',
    limit: 0.05,
    alpha: rule.alpha,
  })
  const [championP95, canaryP95] = [champion, canary].map((latency) => finite(latency.quantile(0.95)))
  const difference = typeof championP95 === 'number' && typeof canaryP95 === 'number' ? canaryP95 - championP95 : null
  return {
    ...headOf(rule),
    verdict,
    champion: championP95 ?? null,
    canary: canaryP95 ?? null,
    difference,
    // Bounds of the share of answers that are slower than the limit.
    lower: finite(lower),
    upper: finite(upper),
    n: count,
  }
}

/** All steps' latencies of an arm together. */
function latencyOf(steps: JudgedRollout['steps'], arm: Arm): LatencyHistogram {
  const merged = createLatencyHistogram()
  for (const step of steps.values()) merged.merge(step[arm].latency)
  return merged
}

function readOuter(rule: Guardrail, reading: OuterReading | undefined): GuardrailReading {
  const { champion = null, canary = null, n = 0 } = reading ?? {}
  const difference = champion === null || canary === null ? null : canary - champion
  const verdict = canary === null ? 'not_enough_data' : canary > rule.limit ? 'fail' : 'pass'
  return { ...headOf(rule), verdict, champion, canary, difference, lower: null, upper: null, n }
}

function headOf({ name, metric, limit }: Guardrail) {
  return { guardrail: name, metric, limit }
}

/** The champion's mean with each step weighing what it weighs for the canary: steps run on other days with other shares. */
function meanAsCanarySaw({ champion, canary }: Arms): number {
  let sum = 0
  let count = 0
  for (const [index, group] of champion.entries()) {
    const weight = canary[index]?.count ?? 0
    if (group.count === 0 || weight === 0) continue
    sum += weight * meanOf(group)
    count += weight
  }
  return count === 0 ? meanOfAll(champion) : sum / count
}

function meanOfAll(groups: readonly Moments[]): number {
  const sum = { count: 0, sum: 0, sumSquares: 0 }
  for (const group of groups) {
    sum.count += group.count
    sum.sum += group.sum
  }
  return meanOf(sum)
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null
}

const words: Readonly<Record<Guardrail['metric'], string>> = {
  error_rate: 'error rate',
  latency_p95: '95th percentile of latency',
  log_loss: 'log loss',
  accuracy: 'accuracy',
  reading: 'reading',
}

/** Why a failed guardrail failed. */
function sentenceOf(reading: GuardrailReading): string {
  const { guardrail, metric, champion, canary, lower, limit, n } = reading
  const unit = metric === 'latency_p95' ? ' ms' : ''
  const said = `The guardrail "${guardrail}" failed: the canary's ${words[metric]} is ${shown(canary)}${unit} against the champion's ${shown(champion)}${unit}`
  if (metric === 'reading' || metric === 'latency_p95')
    return `${said}; the limit is ${limit}${unit} (${n} observations).`
  return `${said}, worse by at least ${shown(lower)} at every look, where ${limit} is allowed (${n} observations of the canary).`
}

function shown(value: number | null): string {
  return value === null ? 'not measured' : String(Number(value.toPrecision(4)))
}
