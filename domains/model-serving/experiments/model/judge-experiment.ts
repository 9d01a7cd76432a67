import type { Moments, Random } from '@millrace/statistics'
import { addMoments, meanOf, noMoments, sequentialTest } from '@millrace/statistics'
import { banditWeights } from './bandit.ts'
import type { ArmReading, ExperimentArm, ExperimentMetric, ExperimentSpec, ExperimentVerdict } from './experiment.ts'

/** By deployment, then by weighing: within one the shares of the traffic stayed the same. */
export type ArmMoments = ReadonlyMap<string, ReadonlyMap<number, Moments>>

export interface JudgedExperiment {
  readonly spec: ExperimentSpec
  readonly arms: readonly ExperimentArm[]
  readonly seen: ArmMoments
  readonly startedAtMs: number
  readonly nowMs: number
  /** What was said before: a verdict stays, and the least p-value counts. */
  readonly before: ExperimentVerdict
  readonly random: Random
}

/** Nothing was seen yet. */
export function noVerdict(arms: readonly ExperimentArm[]): ExperimentVerdict {
  return {
    conclusion: 'undecided',
    winnerVersionId: null,
    sentence: 'Nothing was seen yet.',
    atMs: null,
    arms: arms.map(({ deploymentId, version }) => ({ ...nothingSeen, deploymentId, version })),
  }
}

const nothingSeen = {
  n: 0,
  mean: null,
  improvement: null,
  lower: null,
  upper: null,
  pValue: null,
  chanceBest: null,
  verdict: null,
} as const

/**
 * What the evidence says of an experiment, at any look. Each variant is tested against the control at alpha divided by the
 * variants (Bonferroni), so that any wrong verdict, ever, has chance at most alpha. An interval that lies beyond ±negligible
 * on one side is a difference, one within it is none (a region of practical equivalence: Kruschke, "Rejecting or accepting
 * parameter values in Bayesian estimation", AMPPS 1 (2018)), anything else is undecided.
 */
export function judgeExperiment(experiment: JudgedExperiment): ExperimentVerdict {
  const { before, arms } = experiment
  const chances = chancesOf(experiment)
  const readings = arms.map((arm, index) => readArm(experiment, arm, chances?.[index] ?? null))
  if (before.conclusion !== 'undecided') return { ...before, arms: readings }
  const waitsMs = experiment.startedAtMs + experiment.spec.minDurationMs - experiment.nowMs
  if (waitsMs > 0) return undecided(readings, 'The experiment has not lasted as long as it must.')
  return conclude(arms, readings, experiment.nowMs)
}

/** True when larger outcomes are better. */
export function isHigherBetter(metric: ExperimentMetric): boolean {
  return metric.kind === 'accuracy' || (metric.kind === 'feedback' && metric.better === 'higher')
}

function rangeOf(metric: ExperimentMetric): readonly [number, number] | null {
  if (metric.kind === 'feedback') return metric.range
  return metric.kind === 'log_loss' ? null : [0, 1]
}

function momentsOf(seen: ArmMoments, { deploymentId }: ExperimentArm): Moments {
  return [...(seen.get(deploymentId)?.values() ?? [])].reduce(addMoments, noMoments)
}

function chancesOf({ spec, arms, seen, random }: JudgedExperiment): readonly number[] | null {
  if (spec.strategy.kind === 'fixed') return null
  const moments = arms.map((arm) => momentsOf(seen, arm))
  const better = isHigherBetter(spec.metric) ? 'higher' : 'lower'
  return banditWeights({ strategy: spec.strategy, arms: moments, better, random }).chances
}

function readArm(experiment: JudgedExperiment, arm: ExperimentArm, chanceBest: number | null): ArmReading {
  const { seen, arms, spec } = experiment
  const { deploymentId, version } = arm
  const own = momentsOf(seen, arm)
  const head = { ...nothingSeen, deploymentId, version, chanceBest, n: own.count, mean: finite(meanOf(own)) }
  const control = arms.find(({ role }) => role === 'control')
  if (control === undefined || arm.role === 'control') return head
  const { improvement, lower, upper, pValue } = compareArms(experiment, control, arm)
  const bounds = { improvement: finite(improvement), lower: finite(lower), upper: finite(upper) }
  const earlier = experiment.before.arms.find((reading) => reading.deploymentId === deploymentId)?.pValue ?? 1
  // Before there is enough the variance is a guess, and so would be the least p-value from then on.
  if (Math.min(own.count, momentsOf(seen, control).count) < spec.minSamples)
    return { ...head, ...bounds, pValue: earlier, verdict: 'undecided' }
  return { ...head, ...bounds, pValue: Math.min(earlier, pValue), verdict: verdictOf(lower, upper, spec.negligible) }
}

/** The variant against the control; positive is better, whichever way the metric goes. */
function compareArms({ seen, arms, spec }: JudgedExperiment, control: ExperimentArm, variant: ExperimentArm) {
  const seenOf = ({ deploymentId }: ExperimentArm) => seen.get(deploymentId) ?? new Map<number, Moments>()
  const weighings = [...new Set([control, variant].flatMap((arm) => [...seenOf(arm).keys()]))]
  const inOrder = (arm: ExperimentArm) => weighings.map((weighing) => seenOf(arm).get(weighing) ?? noMoments)
  const { difference, lower, upper, pValue } = sequentialTest(
    { reference: inOrder(control), treatment: inOrder(variant) },
    { alpha: spec.alpha / (arms.length - 1), effect: spec.effect, range: rangeOf(spec.metric) },
  )
  if (isHigherBetter(spec.metric)) return { improvement: difference, lower, upper, pValue }
  return { improvement: -difference, lower: -upper, upper: -lower, pValue }
}

function verdictOf(lower: number, upper: number, negligible: number): NonNullable<ArmReading['verdict']> {
  if (lower > negligible) return 'better'
  if (upper < -negligible) return 'worse'
  return negligible > 0 && lower >= -negligible && upper <= negligible ? 'no_difference' : 'undecided'
}

function conclude(arms: readonly ExperimentArm[], readings: readonly ArmReading[], nowMs: number): ExperimentVerdict {
  const variants = readings.filter(({ verdict }) => verdict !== null)
  const better = variants.filter(({ verdict }) => verdict === 'better')
  const best = better.toSorted((one, other) => (other.improvement ?? 0) - (one.improvement ?? 0))[0]
  if (best !== undefined) {
    const winnerVersionId = arms.find(({ deploymentId }) => deploymentId === best.deploymentId)?.versionId ?? null
    return { conclusion: 'winner', winnerVersionId, sentence: winnerSentence(best), arms: [...readings], atMs: nowMs }
  }
  if (variants.some(({ verdict }) => verdict === 'undecided'))
    return undecided(readings, 'The intervals still hold both a gain and a loss.')
  const isWorse = variants.every(({ verdict }) => verdict === 'worse')
  return {
    conclusion: isWorse ? 'control_best' : 'no_difference',
    winnerVersionId: isWorse ? (arms.find(({ role }) => role === 'control')?.versionId ?? null) : null,
    sentence: isWorse
      ? 'Every variant is worse than the champion.'
      : 'No variant differs from the champion by more than what is negligible, or it is worse.',
    arms: [...readings],
    atMs: nowMs,
  }
}

function winnerSentence({ version, improvement, lower, upper, pValue }: ArmReading): string {
  const [gain, least, most] = [improvement, lower, upper].map((value) => Number((value ?? 0).toPrecision(4)))
  return `Version ${version} is better than the champion by ${gain} (${least} to ${most} at every look, p ${Number((pValue ?? 1).toPrecision(2))}).`
}

function undecided(readings: readonly ArmReading[], sentence: string): ExperimentVerdict {
  return { conclusion: 'undecided', winnerVersionId: null, sentence, arms: [...readings], atMs: null }
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null
}
