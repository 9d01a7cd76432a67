import type { GuardrailReading as StatisticalReading, LatencyHistogram, Moments } from '@millrace/statistics'
import {
  absoluteGuardrail,
  createLatencyHistogram,
  guardrail as judge,
  meanOf,
  proportionMoments,
} from '@millrace/statistics'
import type { Arms, JudgedRollout, OuterReading, ShadowSummary } from './judged-rollout.ts'
import type { Guardrail, GuardrailReading } from './rollout-plan.ts'
import type { Arm, ArmEvidence } from './traffic-evidence.ts'

/** What the evidence says of one guardrail. */
export function readGuardrail(rule: Guardrail, rollout: JudgedRollout): GuardrailReading {
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
  latency_p50: (rule, rollout) => readLatency(rule, rollout, 0.5),
  latency_p90: (rule, rollout) => readLatency(rule, rollout, 0.9),
  latency_p95: (rule, rollout) => readLatency(rule, rollout, 0.95),
  latency_p99: (rule, rollout) => readLatency(rule, rollout, 0.99),
  feedback: (rule, rollout) => readFeedback(rule, rollout),
  shadow_agreement: (rule, rollout) => readShadow(rule, rollout.shadow),
  reading: (rule, rollout) => readOuter(rule, rollout.readings.get(rule.name)),
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

/** The share of answers slower than the limit must be at most 1 − q: that is what a q-quantile below the limit means. */
function readLatency(rule: Guardrail, { steps }: JudgedRollout, q: number): GuardrailReading {
  const [champion, canary] = [latencyOf(steps, 'champion'), latencyOf(steps, 'canary')]
  const count = canary.count()
  const slow = count - canary.countAtMost(rule.limit)
  const { verdict, lower, upper } = absoluteGuardrail({
    successes: slow,
    count,
    direction: 'minimize',
    limit: 1 - q,
    alpha: rule.alpha,
  })
  const [ofChampion = null, ofCanary = null] = [champion, canary].map((latency) => finite(latency.quantile(q)))
  return {
    ...headOf(rule),
    verdict,
    champion: ofChampion,
    canary: ofCanary,
    difference: ofChampion === null || ofCanary === null ? null : ofCanary - ofChampion,
    // Bounds of the share of answers that are slower than the limit.
    lower: finite(lower),
    upper: finite(upper),
    n: count,
  }
}

function readFeedback(rule: Guardrail, { feedback }: JudgedRollout): GuardrailReading {
  const { name, better, range } = rule.outcome ?? { name: 'reward', better: 'higher', range: null }
  const arms = feedback.get(name) ?? { champion: [], canary: [] }
  return compare(rule, better === 'higher' ? 'maximize' : 'minimize', arms, range)
}

/** The share of a shadow's answers that differ must be at most the limit, for the output that agrees least. */
function readShadow(rule: Guardrail, shadow: ShadowSummary | undefined): GuardrailReading {
  const { rows = 0, elements = 0, agreeing = 0 } = shadow ?? {}
  const { verdict, share, lower, upper } = absoluteGuardrail({
    successes: elements - agreeing,
    count: elements,
    direction: 'minimize',
    limit: rule.limit,
    alpha: rule.alpha,
  })
  const canary = finite(share)
  return {
    ...headOf(rule),
    verdict,
    canary,
    champion: null,
    difference: canary,
    lower: finite(lower),
    upper: finite(upper),
    n: rows,
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
  latency_p50: 'median latency',
  latency_p90: '90th percentile of latency',
  latency_p95: '95th percentile of latency',
  latency_p99: '99th percentile of latency',
  feedback: 'feedback',
  shadow_agreement: 'share of answers that differ',
  log_loss: 'log loss',
  accuracy: 'accuracy',
  reading: 'reading',
}

/** Why a failed guardrail failed, in a sentence. */
export function sentenceOf(reading: GuardrailReading): string {
  const { guardrail, metric, champion, canary, lower, limit, n } = reading
  if (metric === 'shadow_agreement')
    return `The guardrail "${guardrail}" failed: ${shown(canary)} of the shadow's answers differ from those that were given; the limit is ${limit} (${n} rows).`
  const isLatency = metric.startsWith('latency')
  const unit = isLatency ? ' ms' : ''
  const said = `The guardrail "${guardrail}" failed: the canary's ${words[metric]} is ${shown(canary)}${unit} against the champion's ${shown(champion)}${unit}`
  if (metric === 'reading' || isLatency) return `${said}; the limit is ${limit}${unit} (${n} observations).`
  return `${said}, worse by at least ${shown(lower)} at every look, where ${limit} is allowed (${n} observations of the canary).`
}

function shown(value: number | null): string {
  return value === null ? 'not measured' : String(Number(value.toPrecision(4)))
}
