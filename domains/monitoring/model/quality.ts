import type { ColumnStatistics, NumberColumn } from './column-statistics.ts'
import { usable } from './column-statistics.ts'
import type { MonitorSpec } from './monitor-spec.ts'
import type { ScaleGuess } from './scale-fault.ts'
import type { QualityCheck } from './window-figures.ts'

type QualitySpec = MonitorSpec['quality']

/** What is known of a feature in the window. `outside`: rows beyond the reference's range; `unseen`: texts it never had. */
export interface SeenFeature {
  readonly feature: string
  readonly reference: ColumnStatistics
  readonly current: ColumnStatistics
  readonly outside: number
  readonly unseen: number
  /** A change of unit that was confirmed. */
  readonly scale: (ScaleGuess & { readonly rescaledD: number; readonly d: number }) | undefined
}

/** All checks of one feature. */
export function qualityChecks(seen: SeenFeature, spec: QualitySpec): QualityCheck[] {
  const { reference, current } = seen
  if (current.count === 0) return []
  const nulls = nullCheck(seen, spec)
  if (usable(current) === 0 || usable(reference) === 0) return [nulls]
  if (reference.kind === 'text' || current.kind === 'text') return [nulls, unseenCheck(seen, spec)]
  return [
    nulls,
    rangeCheck(seen, reference, spec),
    ...meanCheck(seen, reference, current, spec),
    scaleCheck(seen, reference, current, spec),
  ]
}

/** The check of a feature that the log does not have. */
export function missingFeature(feature: string): QualityCheck {
  return {
    check: 'missing_feature',
    feature,
    value: 1,
    limit: 0,
    ok: false,
    sentence: `${feature}: the predictions of this window have no such input.`,
  }
}

function nullCheck({ feature, reference, current }: SeenFeature, spec: QualitySpec): QualityCheck {
  const usual = reference.count === 0 ? 0 : reference.missing / reference.count
  const value = current.missing / current.count
  const limit = Math.min(1, usual + spec.maxNullShare)
  const sentence = `${feature}: ${percent(value)} of the values are missing or not finite; the reference has ${percent(usual)}.`
  return { check: 'nulls', feature, value, limit, ok: value <= limit, sentence }
}

function rangeCheck(
  { feature, current, outside }: SeenFeature,
  reference: NumberColumn,
  spec: QualitySpec,
): QualityCheck {
  const value = outside / usable(current)
  const limit = spec.maxOutsideShare
  const range = `${short(reference.min)} to ${short(reference.max)}`
  const sentence = `${feature}: ${percent(value)} of the values lie outside the reference’s range, ${range}.`
  return { check: 'range', feature, value, limit, ok: value <= limit, sentence }
}

function meanCheck(
  { feature }: SeenFeature,
  reference: NumberColumn,
  current: NumberColumn,
  spec: QualitySpec,
): QualityCheck[] {
  if (reference.std === 0) return []
  const value = (current.mean - reference.mean) / reference.std
  const limit = spec.maxMeanShift
  const sentence = `${feature}: the mean went from ${short(reference.mean)} to ${short(current.mean)}, ${short(Math.abs(value))} standard deviations of the reference.`
  return [{ check: 'mean_shift', feature, value, limit, ok: Math.abs(value) <= limit, sentence }]
}

function scaleCheck(
  { feature, scale }: SeenFeature,
  reference: NumberColumn,
  current: NumberColumn,
  spec: QualitySpec,
): QualityCheck {
  const base = { check: 'scale', feature, limit: spec.rangeFactor } as const
  if (scale === undefined) {
    return {
      ...base,
      value: null,
      ok: true,
      sentence: `${feature}: its quantiles are not a multiple of the reference’s.`,
    }
  }
  const [before, after] = [reference, current].map(({ quantiles, mean }) => ({
    median: short(quantiles[2] ?? 0),
    mean: short(mean),
  }))
  const looks = scale.unit === null ? '' : ` It looks like ${scale.unit}.`
  const sentence =
    `${feature}: the median went from ${before?.median} to ${after?.median} (${short(scale.medianRatio)} times) and the mean ` +
    `from ${before?.mean} to ${after?.mean} (${short(scale.meanRatio)} times). Divided by ${short(scale.factor, 7)} the values lie on ` +
    `the reference (Kolmogorov-Smirnov distance ${short(scale.rescaledD)} instead of ${short(scale.d)}).${looks}`
  return { ...base, value: scale.factor, ok: false, sentence }
}

function unseenCheck({ feature, current, unseen }: SeenFeature, spec: QualitySpec): QualityCheck {
  const value = unseen / usable(current)
  const limit = spec.maxUnseenShare
  const sentence = `${feature}: ${percent(value)} of the rows have a value that the reference never had.`
  return { check: 'unseen_values', feature, value, limit, ok: value <= limit, sentence }
}

function percent(share: number): string {
  return `${short(share * 100, 3)} %`
}

function short(value: number, digits = 4): string {
  const text = value.toPrecision(digits)
  return Math.abs(value) >= 1000 ? Math.round(value).toLocaleString('en-US') : String(Number(text))
}
