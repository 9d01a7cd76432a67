import { jensenShannonFromCounts, ksFromCounts, psiFromCounts } from '@millrace/statistics'
import type { MonitorSpec } from './monitor-spec.ts'
import type { DriftFigure } from './window-figures.ts'

/** The point where two cumulative counts are furthest apart: at `value`, `reference` of n1 and `current` of n2 lie at or below. */
export interface LargestGap {
  readonly value: number
  readonly reference: number
  readonly current: number
}

/** Two samples as counts of the same bins, and where their distributions differ most (numbers only). */
export interface JointCounts {
  readonly binning: DriftFigure['binning']
  readonly reference: readonly number[]
  readonly current: readonly number[]
  /** All finite values on each side: what the gap's counts are of. */
  readonly referenceRows: number
  readonly currentRows: number
  readonly gap: LargestGap | null
}

/** Distances between two samples; null where a side is empty, or the column is a text. */
export interface Distances {
  readonly psi: number | null
  readonly js: number | null
  readonly ks: number | null
  readonly ksEffect: number | null
  readonly ksAt: number | null
}

const nothing: Distances = { psi: null, js: null, ks: null, ksEffect: null, ksAt: null }

/**
 * PSI (empty bins filled), Jensen-Shannon distance (natural logarithm) and the two-sample Kolmogorov-Smirnov test. The
 * test sees two bins, at or below the gap and above it: they have the same D as all values, and p depends on D and the
 * sizes alone, so nothing is approximated.
 */
export function distancesOf(counts: JointCounts): Distances {
  const { reference, current, referenceRows, currentRows, gap } = counts
  if (referenceRows === 0 || currentRows === 0) return nothing
  const psi = psiFromCounts(reference, current)
  const js = jensenShannonFromCounts(reference, current)
  if (gap === null) return { ...nothing, psi, js }
  const { statistic, pValue } = ksFromCounts(
    [gap.value, gap.value],
    [gap.reference, referenceRows - gap.reference],
    [gap.current, currentRows - gap.current],
  )
  return { psi, js, ks: pValue, ksEffect: statistic, ksAt: gap.value }
}

/** Says by the monitor's limits whether a column drifted. */
export function judgeDrift(
  column: { readonly feature: string; readonly of: DriftFigure['of']; readonly against: string },
  counts: JointCounts,
  distances: Distances,
  spec: MonitorSpec['drift'],
): DriftFigure {
  const enough = Math.min(counts.currentRows, counts.referenceRows) >= spec.minRows
  const by = enough ? spec.methods.filter((method) => exceeds(method, distances, spec.limits)) : []
  const [leading] = spec.methods
  return {
    ...column,
    ...distances,
    rows: counts.currentRows,
    limit: leading === 'js' ? spec.limits.js : leading === 'ks' ? spec.limits.ksEffect : spec.limits.psi,
    by,
    drifted: by.length > 0,
    enough,
    binning: counts.binning,
  }
}

function exceeds(
  method: MonitorSpec['drift']['methods'][number],
  { psi, js, ks, ksEffect }: Distances,
  limits: MonitorSpec['drift']['limits'],
): boolean {
  if (method === 'psi') return psi !== null && psi > limits.psi
  if (method === 'js') return js !== null && js > limits.js
  return ks !== null && ksEffect !== null && ks < limits.ks && ksEffect > limits.ksEffect
}
