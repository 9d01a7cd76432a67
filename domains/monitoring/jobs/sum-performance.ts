import type { Analytics, Row } from '@millrace/kernel'
import type { PerformanceSums, Sums } from '../model/performance.ts'
import { numberIn } from './cells.ts'
import { double, literal } from './sql-text.ts'

/** Labels of a window's file: how many rows have one, and the sums over those that also have a score. */
export interface LabelledRows {
  readonly rows: number
  readonly labelled: number
  readonly sums: PerformanceSums
}

const none: Sums = { sum: 0, squares: 0 }

/**
 * Adds up what performance is computed from, in the database: one row comes back, and ten for the calibration. A label
 * of ½ or more is a positive. Log loss keeps probabilities 2⁻⁵² away from 0 and 1. AUC by mid-ranks over tied scores,
 * with the placements of DeLong's variance.
 */
export async function sumPerformance(
  analytics: Analytics,
  path: string,
  options: { readonly hasScore: boolean; readonly threshold: number },
): Promise<LabelledRows> {
  const [counts] = await analytics.rows(
    `select count(*) as rows, count(label) as labelled from read_parquet(${literal(path)})`,
  )
  const [rows, labelled] = [numberIn(counts, 'rows'), numberIn(counts, 'labelled')]
  if (labelled === 0 || !options.hasScore) return { rows, labelled, sums: emptySums }
  const scored = `with scored as (
    select score as p, (label >= 0.5)::integer as y from read_parquet(${literal(path)}) where label is not null and isfinite(score)
  )`
  const [row] = await analytics.rows(`${scored} ${sumsQuery(options.threshold)}`)
  const bins = await analytics.rows(
    `${scored} select least(9, greatest(0, ceil(p * 10) - 1))::integer as bin, count(*) as n, sum(p) as score, sum(y) as positives
     from scored group by bin order by bin`,
  )
  return { rows, labelled, sums: toSums(row, bins) }
}

function sumsQuery(threshold: number): string {
  const kept = `least(1 - ${double(Number.EPSILON)}, greatest(${double(Number.EPSILON)}, p))`
  return `, rowwise as (
      select y, p, p - y as gap, (p - y) * (p - y) as brier, ((p >= ${double(threshold)}) = (y = 1))::integer as hit,
        case when y = 1 then -ln(${kept}) else -ln(1 - ${kept}) end as loss from scored
    ), totals as (
      select count(*)::double as n, sum(y)::double as positives, sum(hit)::double as hits,
        sum(p) as score, sum(p * p) as score2, sum(gap) as gap, sum(gap * gap) as gap2,
        sum(brier) as brier, sum(brier * brier) as brier2, sum(loss) as loss, sum(loss * loss) as loss2 from rowwise
    ), ties as (select p, sum(y)::double as pos, (count(*) - sum(y))::double as neg from scored group by p),
    ranked as (
      select pos, neg, sum(neg) over low - neg as neg_below, sum(pos) over low - pos as pos_below from ties
      window low as (order by p rows unbounded preceding)
    ), placed as (
      select pos, neg, (neg_below + neg / 2) / (n - positives) - 0.5 as won, (positives - pos_below - pos / 2) / positives - 0.5 as lost
      from ranked, totals where positives > 0 and positives < n
    ), placements as (
      select sum(pos * won) as won, sum(pos * won * won) as won2, sum(neg * lost) as lost, sum(neg * lost * lost) as lost2 from placed
    ) select * from totals, placements`
}

function toSums(row: Row | undefined, bins: readonly Row[]): PerformanceSums {
  const pair = (name: string): Sums => ({ sum: numberIn(row, name), squares: numberIn(row, `${name}2`) })
  return {
    n: numberIn(row, 'n'),
    positives: numberIn(row, 'positives'),
    hits: numberIn(row, 'hits'),
    score: pair('score'),
    gap: pair('gap'),
    loss: pair('loss'),
    brier: pair('brier'),
    placementsOfPositives: pair('won'),
    placementsOfNegatives: pair('lost'),
    bins: bins.map((bin) => ({
      bin: numberIn(bin, 'bin'),
      n: numberIn(bin, 'n'),
      score: numberIn(bin, 'score'),
      positives: numberIn(bin, 'positives'),
    })),
  }
}

const emptySums: PerformanceSums = {
  n: 0,
  positives: 0,
  hits: 0,
  score: none,
  gap: none,
  loss: none,
  brier: none,
  placementsOfPositives: none,
  placementsOfNegatives: none,
  bins: [],
}
