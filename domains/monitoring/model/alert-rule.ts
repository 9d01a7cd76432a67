import { normalQuantile } from '@millrace/statistics'
import { Name } from '@millrace/contract'
import { z } from 'zod'
import type { WindowFigures } from './window-figures.ts'

/** What a rule looks at. */
export const RuleMetric = z.enum([
  'performance.calibrationGap',
  'performance.logLoss',
  'performance.auc',
  'performance.brier',
  'performance.accuracy',
  'performance.positiveRate',
  'performance.meanScore',
  'drift.psi',
  'drift.js',
  'drift.ks',
  'drift.ksEffect',
  'drift.share',
  'quality',
  'quality.nulls',
  'quality.range',
  'quality.mean_shift',
  'quality.scale',
  'quality.unseen_values',
  'quality.missing_feature',
])
export type RuleMetric = z.infer<typeof RuleMetric>

export const AlertClass = z.enum(['performance', 'drift', 'input_fault'])
export type AlertClass = z.infer<typeof AlertClass>
export const Severity = z.enum(['warning', 'critical'])
export type Severity = z.infer<typeof Severity>

/**
 * When a window is bad enough to tell somebody. `drift.*` without `feature` takes the worst feature, `drift.share` the
 * share of drifted ones; `quality…` counts failed checks (default `above: 0`). A `performance.*` rule speaks only when
 * the whole interval at `confidence` lies beyond the limit, so that a small sample cannot.
 */
export const AlertRuleSpec = z.object({
  monitor: Name,
  metric: RuleMetric,
  feature: z.string().min(1).max(256).nullable().default(null),
  above: z.number().nullable().default(null),
  below: z.number().nullable().default(null),
  /** Consecutive windows beyond the limit before the alert fires; until then it is pending. */
  forWindows: z.int().min(1).max(100).default(1),
  class: AlertClass,
  severity: Severity.default('warning'),
  minRows: z.int().min(1).default(100),
  /** Rows with ground truth, and their share of the window, before a `performance.*` rule judges. */
  minLabels: z.int().min(2).default(200),
  minCoverage: z.number().min(0).max(1).default(0.5),
  confidence: z.number().min(0.5).max(0.999999).default(0.99),
  description: z.string().max(2000).default(''),
})
export type AlertRuleSpec = z.infer<typeof AlertRuleSpec>

/** What a rule says of a window. `not_enough`: too few rows or labels, or the interval holds the limit. */
export interface Verdict {
  readonly verdict: 'breach' | 'ok' | 'not_enough'
  readonly value: number | null
  readonly limit: number
  readonly lower: number | null
  readonly upper: number | null
  readonly n: number
  readonly feature: string | null
  /** What was found, in a sentence; empty unless it is a breach. */
  readonly sentence: string
}

/** True for a rule that has a limit to hold against. */
export function hasLimit({ metric, above, below }: AlertRuleSpec): boolean {
  return metric.startsWith('quality') || above !== null || below !== null
}

/** Judges a window by a rule. */
export function judgeWindow(rule: AlertRuleSpec, window: WindowFigures): Verdict {
  if (rule.metric.startsWith('performance.')) return judgePerformance(rule, window)
  const found = rule.metric.startsWith('drift.') ? driftValue(rule, window) : failedChecks(rule, window)
  const { value, feature, says } = found
  const limit = limitFor(rule, value)
  const base = { value, limit, lower: null, upper: null, n: window.rows, feature }
  if (value === null || window.rows < rule.minRows) return { ...base, verdict: 'not_enough', sentence: '' }
  if (!beyond(rule, value, value)) return { ...base, verdict: 'ok', sentence: '' }
  return { ...base, verdict: 'breach', sentence: says }
}

function judgePerformance(rule: AlertRuleSpec, window: WindowFigures): Verdict {
  const { performance } = window
  const found = estimateOf(rule, performance)
  const n = performance?.n ?? 0
  const value = found?.value ?? null
  const base = { value, limit: limitFor(rule, value), lower: null, upper: null, n, feature: null, sentence: '' }
  if (found === undefined || !hasEnough(rule, window, n)) return { ...base, verdict: 'not_enough' }
  const bounded = { ...base, lower: found.lower, upper: found.upper }
  if (!beyond(rule, found.value, found.value)) return { ...bounded, verdict: 'ok' }
  // Beyond the limit, but so could chance be: no reason to alarm, and none to call it well.
  if (!beyond(rule, found.lower, found.upper)) return { ...bounded, verdict: 'not_enough' }
  return { ...bounded, verdict: 'breach', sentence: sentenceOf(rule, { ...found, n }, window) }
}

function hasEnough(rule: AlertRuleSpec, { rows, labelled }: WindowFigures, n: number): boolean {
  return n >= rule.minLabels && rows >= rule.minRows && labelled >= rule.minCoverage * rows
}

/** The figure with its interval at the rule's confidence; undefined where the rows bound nothing. */
function estimateOf(
  { metric, confidence }: AlertRuleSpec,
  performance: WindowFigures['performance'],
): { value: number; lower: number; upper: number } | undefined {
  const name = metric.slice('performance.'.length)
  const value = performance === null ? null : figureNamed(performance, name)
  const error = performance?.standardErrors[name] ?? null
  if (value === null || error === null) return undefined
  const half = normalQuantile(0.5 + confidence / 2) * error
  return { value, lower: value - half, upper: value + half }
}

function sentenceOf(
  rule: AlertRuleSpec,
  { value, lower, upper, n }: { value: number; lower: number; upper: number; n: number },
  { performance, rows }: WindowFigures,
): string {
  const name = rule.metric.slice('performance.'.length)
  const bounds = `${short(lower)} to ${short(upper)} at ${short(rule.confidence * 100)} %`
  const basis = `over ${n.toLocaleString('en-US')} of ${rows.toLocaleString('en-US')} rows`
  if (name !== 'calibrationGap' || performance === null) {
    return `${name} is ${short(value)} (${bounds}) ${basis}; the limit is ${short(limitFor(rule, value))}.`
  }
  const word = value > 0 ? 'over-confident' : 'under-confident'
  return `The model is ${word}: it predicts ${short(performance.meanScore)} where ${short(performance.positiveRate)} happened, a gap of ${short(value)} (${bounds}) ${basis}; the limit is ${short(limitFor(rule, value))}.`
}

function figureNamed(performance: NonNullable<WindowFigures['performance']>, name: string): number | null {
  const figures: Readonly<Record<string, number | null>> = {
    calibrationGap: performance.calibrationGap,
    logLoss: performance.logLoss,
    auc: performance.auc,
    brier: performance.brier,
    accuracy: performance.accuracy,
    positiveRate: performance.positiveRate,
    meanScore: performance.meanScore,
  }
  return figures[name] ?? null
}

interface Found {
  readonly value: number | null
  readonly feature: string | null
  readonly says: string
}

function driftValue(rule: AlertRuleSpec, { drift, rows }: WindowFigures): Found {
  const named = drift.filter(({ feature }) => rule.feature === null || feature === rule.feature)
  if (rule.metric === 'drift.share') {
    const drifted = named.filter((one) => one.drifted).map(({ feature }) => feature)
    const value = named.length === 0 ? null : drifted.length / named.length
    return {
      value,
      feature: null,
      says: `${drifted.length} of ${named.length} columns drifted: ${drifted.join(', ')}.`,
    }
  }
  const name = rule.metric.slice('drift.'.length)
  const figures = named.flatMap((one) => {
    const value = { psi: one.psi, js: one.js, ks: one.ks, ksEffect: one.ksEffect }[name] ?? null
    return value === null ? [] : [{ value, feature: one.feature, against: one.against }]
  })
  const worst = figures.toSorted((left, right) =>
    rule.below === null ? right.value - left.value : left.value - right.value,
  )[0]
  if (worst === undefined) return { value: null, feature: rule.feature, says: '' }
  const says = `${worst.feature} moved: ${name} is ${short(worst.value)} against ${worst.against} over ${rows.toLocaleString('en-US')} rows; the limit is ${short(limitFor(rule, worst.value))}.`
  return { value: worst.value, feature: worst.feature, says }
}

function failedChecks(rule: AlertRuleSpec, { quality }: WindowFigures): Found {
  const [, check] = rule.metric.split('.')
  const failed = quality.filter(
    (one) =>
      !one.ok &&
      (check === undefined || one.check === check) &&
      (rule.feature === null || one.feature === rule.feature),
  )
  // Another unit moves the range and the mean too; it is what explains the others, so it is said first.
  const ordered = failed.toSorted((left, right) => Number(right.check === 'scale') - Number(left.check === 'scale'))
  return {
    value: failed.length,
    feature: ordered[0]?.feature ?? null,
    says: ordered.map(({ sentence }) => sentence).join(' '),
  }
}

function beyond({ metric, above, below }: AlertRuleSpec, lower: number, upper: number): boolean {
  if (metric.startsWith('quality') && above === null && below === null) return lower > 0
  return (above !== null && lower > above) || (below !== null && upper < below)
}

function limitFor({ above, below }: AlertRuleSpec, value: number | null): number {
  if (above !== null && below !== null) return value !== null && value < below ? below : above
  return above ?? below ?? 0
}

function short(value: number): string {
  return String(Number(value.toPrecision(4)))
}
