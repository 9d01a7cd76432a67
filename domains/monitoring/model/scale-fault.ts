import type { NumberColumn } from './column-statistics.ts'
import { usable } from './column-statistics.ts'

/** A guess that a column comes in another unit: every quantile is `factor` times the reference's. */
export interface ScaleGuess {
  readonly factor: number
  /** What such a factor usually is, where it is a known one. */
  readonly unit: string | null
  readonly medianRatio: number
  readonly meanRatio: number
}

const knownFactors: readonly (readonly [factor: number, unit: string])[] = [
  [1.609344, 'kilometres where the reference has miles'],
  [1.852, 'kilometres where the reference has nautical miles'],
  [1.15078, 'miles where the reference has nautical miles'],
  [2.54, 'centimetres where the reference has inches'],
  [3.28084, 'feet where the reference has metres'],
  [2.2046226, 'pounds where the reference has kilograms'],
  [3.7854118, 'litres where the reference has gallons'],
  [10, 'tenths where the reference has whole units'],
  [60, 'seconds where the reference has minutes, or minutes where it has hours'],
  [100, 'hundredths where the reference has whole units (percent, cents)'],
  [1000, 'thousandths where the reference has whole units (milliseconds, grams)'],
  [3600, 'seconds where the reference has hours'],
  [1_000_000, 'millionths where the reference has whole units'],
]

const inverse = (text: string): string => {
  const [now, before] = text.split(' where the reference has ')
  return before === undefined || text.includes(',') || text.includes('(')
    ? 'the same unit change the other way round'
    : `${before} where the reference has ${now}`
}

/** How far apart the quantiles' ratios may lie: the day's noise, and that of a sample; not another shape. */
const largestSpread = (rows: number): number => 1.15 * Math.exp(5 / Math.sqrt(rows))
/** How far from a known unit's factor the middle ratio may lie. The rescaled column has to confirm it. */
const unitTolerance = (rows: number): number => 0.03 + 1.5 / Math.sqrt(rows)
const grossFactor = 4

/**
 * Compares quantiles: when the middle of the column is the reference's times one factor, at least `rangeFactor` away
 * from 1, it is probably a change of unit. Undefined otherwise. A guess is to be confirmed by holding the column,
 * divided by the factor, against the reference: `confirmsScale`.
 */
export function guessScale(
  reference: NumberColumn,
  current: NumberColumn,
  rangeFactor: number,
): ScaleGuess | undefined {
  const factor = commonFactor(reference, current)
  if (factor === undefined || Math.abs(Math.log(factor)) < Math.log(rangeFactor)) return undefined
  const known = nearestUnit(factor, unitTolerance(usable(current)))
  // A factor of no known unit must be so gross that no season explains it.
  if (known === undefined && Math.abs(Math.log(factor)) < Math.log(grossFactor)) return undefined
  return {
    factor: known?.factor ?? factor,
    unit: known?.unit ?? null,
    medianRatio: medianOf(current) / medianOf(reference),
    meanRatio: current.mean / reference.mean,
  }
}

/** The factor between all quantiles, where there is one. A constant column has one quantile five times; that is no scale. */
function commonFactor(reference: NumberColumn, current: NumberColumn): number | undefined {
  if (reference.std === 0 || current.std === 0) return undefined
  const negligible = reference.std * 1e-6
  const ratios = reference.quantiles
    .flatMap((value, index) => (Math.abs(value) <= negligible ? [] : [(current.quantiles[index] ?? 0) / value]))
    .toSorted((left, right) => left - right)
  const [low, high] = [ratios[0], ratios.at(-1)]
  if (low === undefined || high === undefined || ratios.length < 3) return undefined
  return low > 0 && high / low <= largestSpread(usable(current)) ? ratios[Math.floor(ratios.length / 2)] : undefined
}

function medianOf({ quantiles }: NumberColumn): number {
  return quantiles[Math.floor(quantiles.length / 2)] ?? 0
}

/** True when the column divided by the factor lies on the reference: a distance D that noise explains, 0.03 allowed for the day. */
export function confirmsScale(rescaledD: number, rows: number, referenceRows: number): boolean {
  return rescaledD <= 0.03 + 1.36 * Math.sqrt(1 / rows + 1 / referenceRows)
}

function nearestUnit(factor: number, tolerance: number): { factor: number; unit: string } | undefined {
  const near = (value: number) => Math.abs(factor / value - 1) <= tolerance
  for (const [known, unit] of knownFactors) {
    if (near(known)) return { factor: known, unit }
    if (near(1 / known)) return { factor: 1 / known, unit: inverse(unit) }
  }
  return undefined
}
