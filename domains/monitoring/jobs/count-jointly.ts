import type { Analytics, Row } from '@millrace/kernel'
import { sturgesEdges } from '@millrace/statistics'
import type { NumberColumn } from '../model/column-statistics.ts'
import { usable } from '../model/column-statistics.ts'
import type { JointCounts } from '../model/drift.ts'
import type { Histogram } from '../model/window-figures.ts'
import { numberIn } from './cells.ts'
import type { WindowColumn } from './window-columns.ts'
import type { ColumnValues } from './column-values.ts'
import { double, literal } from './sql-text.ts'

/** Two samples counted over the same bins. `unseen`: rows of the window whose text the reference never had. */
export interface Counted {
  readonly counts: JointCounts
  readonly histogram: Histogram
  readonly unseen: number
}

/** Up to here each distinct reference value is a bin of its own. */
const fewValues = 20
/** More bins than this are not brought here; Sturges' bins take their place. */
const mostBins = 20_000
const topTexts = 1000

interface Sample {
  readonly path: string
  /** Its name in the window's file. */
  readonly as: string
  readonly window: WindowColumn
  readonly reference: ColumnValues
}

/** Counts a window's column and its reference over the same bins, all rows of both, in the database. */
export async function countJointly(analytics: Analytics, sample: Sample): Promise<Counted> {
  const { statistics: current } = sample.window
  const { statistics: reference } = sample.reference
  if (current.kind === 'text' || reference.kind === 'text') return countTexts(analytics, sample)
  if (usable(current) === 0 || usable(reference) === 0) return nothing(usable(reference), usable(current))
  return countNumbers(analytics, sample, reference, current)
}

function nothing(referenceRows: number, currentRows: number): Counted {
  const counts: JointCounts = { binning: 'values', reference: [], current: [], referenceRows, currentRows, gap: null }
  return { counts, histogram: { edges: null, values: [], reference: [], current: [] }, unseen: 0 }
}

async function countNumbers(
  analytics: Analytics,
  sample: Sample,
  reference: NumberColumn,
  current: NumberColumn,
): Promise<Counted> {
  const rowCounts = { referenceRows: usable(reference), currentRows: usable(current) }
  const both = mergedNumbers(sample)
  if (reference.distinct <= fewValues) {
    const rows = await analytics.rows(
      `${both} ${gapOf(rowCounts)} union all select 'bin', value, r, c from (select * from merged order by value limit ${mostBins + 1})`,
    )
    const bins = binRows(rows).toSorted((left, right) => left.key - right.key)
    if (bins.length <= mostBins) {
      return counted(
        'values',
        bins,
        { ...rowCounts, gap: gapIn(rows) },
        { edges: null, values: bins.map(({ key }) => key) },
      )
    }
  }
  const edges = sturgesEdges({
    count: rowCounts.referenceRows + rowCounts.currentRows,
    low: Math.min(reference.min, current.min),
    high: Math.max(reference.max, current.max),
    wholeNumbers: reference.wholeNumbers && current.wholeNumbers,
  })
  // The edges decide, one comparison each: arithmetic alone would put values on an edge into either bin.
  const bin = Array.from(edges.slice(1, -1), (edge) => `(value >= ${double(edge)})::integer`).join(' + ') || '0'
  const rows = await analytics.rows(
    `${both} ${gapOf(rowCounts)} union all select 'bin', bin, sum(r), sum(c) from (select ${bin} as bin, r, c from merged) group by bin`,
  )
  const found = new Map(binRows(rows).map((row) => [row.key, row]))
  const bins = Array.from({ length: edges.length - 1 }, (_, key) => found.get(key) ?? { key, reference: 0, current: 0 })
  return counted('sturges', bins, { ...rowCounts, gap: gapIn(rows) }, { edges: [...edges], values: null })
}

/** Each distinct value with its counts on both sides, and both counts up to it. */
function mergedNumbers({ path, as, reference }: Sample): string {
  return `with merged as materialized (
    select value, sum(r) as r, sum(c) as c from (
      select value, count::double as r, 0::double as c from read_parquet(${literal(reference.path)}) where isfinite(value)
      union all
      select ${as}, 0, count(*) from read_parquet(${literal(path)}) where isfinite(${as}) group by ${as}
    ) group by value
  ), upto as (
    select value, sum(r) over far as r, sum(c) over far as c from merged
    window far as (order by value rows unbounded preceding)
  )`
}

/** The value up to which the two shares differ most; products of counts are exact below 2⁵³. */
function gapOf({ referenceRows, currentRows }: { referenceRows: number; currentRows: number }): string {
  return `select 'gap' as what, value as key, r, c from (
    select * from upto order by abs(r * ${double(currentRows)} - c * ${double(referenceRows)}) desc, value limit 1)`
}

async function countTexts(analytics: Analytics, { path, as, reference, window }: Sample): Promise<Counted> {
  const [referenceRows, currentRows] = [usable(reference.statistics), usable(window.statistics)]
  const rows = await analytics.rows(`with merged as materialized (
      select value, sum(r) as r, sum(c) as c from (
        select value::varchar as value, count as r, 0 as c from read_parquet(${literal(reference.path)}) where value is not null
        union all
        select ${as}::varchar, 0, count(*) from read_parquet(${literal(path)}) where ${as} is not null group by all
      ) group by value
    ), ranked as (select *, row_number() over (order by r / ${Math.max(1, referenceRows)} + c / ${Math.max(1, currentRows)} desc, value) as rank from merged)
    select 'bin' as what, value as key, r, c from ranked where rank <= ${topTexts}
    union all select 'rest', null, sum(r), sum(c) from ranked where rank > ${topTexts} having count(*) > 0
    union all select 'unseen', null, 0, coalesce(sum(c), 0) from merged where r = 0`)
  const bins = rows.filter((row) => row['what'] === 'bin' || row['what'] === 'rest')
  const values = bins.map((row) => (typeof row['key'] === 'string' ? row['key'] : 'all others'))
  const [referenceCounts, current] = [bins.map((row) => numberIn(row, 'r')), bins.map((row) => numberIn(row, 'c'))]
  const unseen = numberIn(
    rows.find((row) => row['what'] === 'unseen'),
    'c',
  )
  const binning = rows.some((row) => row['what'] === 'rest') ? 'top-values' : 'values'
  return {
    counts: { binning, reference: referenceCounts, current, referenceRows, currentRows, gap: null },
    histogram: { edges: null, values, reference: referenceCounts, current },
    unseen,
  }
}

/**
 * The Kolmogorov-Smirnov distance between the reference and the window's column divided by `factor`. Both are rounded to
 * a thousandth of the reference's standard deviation, so that values which differ by rounding alone count as equal.
 */
export async function rescaledDistance(
  analytics: Analytics,
  sample: Sample,
  factor: number,
  unit: number,
): Promise<number> {
  const rounded = (value: string) => `round(${value} / ${double(unit)})`
  const [row] = await analytics.rows(`with merged as (
      select value, sum(r) as r, sum(c) as c from (
        select ${rounded('value')} as value, count::double as r, 0::double as c from read_parquet(${literal(sample.reference.path)}) where isfinite(value)
        union all
        select ${rounded(`(${sample.as} / ${double(factor)})`)}, 0, 1 from read_parquet(${literal(sample.path)}) where isfinite(${sample.as})
      ) group by value
    ), shares as (
      select sum(r) over far / sum(r) over () as r, sum(c) over far / sum(c) over () as c from merged
      window far as (order by value rows unbounded preceding)
    ) select max(abs(r - c)) as distance from shares`)
  return numberIn(row, 'distance')
}

interface Bin {
  readonly key: number
  readonly reference: number
  readonly current: number
}

function binRows(rows: readonly Row[]): Bin[] {
  return rows
    .filter((row) => row['what'] === 'bin')
    .map((row) => ({ key: numberIn(row, 'key'), reference: numberIn(row, 'r'), current: numberIn(row, 'c') }))
}

function gapIn(rows: readonly Row[]): JointCounts['gap'] {
  const row = rows.find((candidate) => candidate['what'] === 'gap')
  if (row === undefined) return null
  return { value: numberIn(row, 'key'), reference: numberIn(row, 'r'), current: numberIn(row, 'c') }
}

function counted(
  binning: JointCounts['binning'],
  bins: readonly Bin[],
  sizes: Pick<JointCounts, 'referenceRows' | 'currentRows' | 'gap'>,
  names: Pick<Histogram, 'edges' | 'values'>,
): Counted {
  const reference = bins.map((bin) => bin.reference)
  const current = bins.map((bin) => bin.current)
  return {
    counts: { binning, reference, current, ...sizes },
    histogram: { ...names, reference, current },
    unseen: 0,
  }
}
