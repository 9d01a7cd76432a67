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
  const sizes = { referenceRows: usable(reference), currentRows: usable(current) }
  const gapAndBoth = `${bothSides(sample)} ${gapOf(sizes)}`
  if (reference.distinct <= fewValues) {
    const rows = await analytics.rows(`${gapAndBoth} union all select 'bin', value, r, c from (
      select value, sum(r) as r, sum(c) as c from (
        select value, count as r, 0 as c from usual union all select value, 0, count from seen
      ) group by value order by value limit ${mostBins + 1})`)
    const bins = binRows(rows).toSorted((left, right) => left.key - right.key)
    if (bins.length <= mostBins) {
      return counted(
        'values',
        bins,
        { ...sizes, gap: gapIn(rows) },
        { edges: null, values: bins.map(({ key }) => key) },
      )
    }
  }
  const edges = sturgesEdges({
    count: sizes.referenceRows + sizes.currentRows,
    low: Math.min(reference.min, current.min),
    high: Math.max(reference.max, current.max),
    wholeNumbers: reference.wholeNumbers && current.wholeNumbers,
  })
  const bin = binOf(edges, 0, edges.length - 2)
  const rows = await analytics.rows(`${gapAndBoth}
    union all select 'bin', ${bin} as bin, sum(count), 0 from usual group by bin
    union all select 'bin', ${bin} as bin, 0, sum(count) from seen group by bin`)
  const bins = Array.from({ length: edges.length - 1 }, (_, key) => ({ key, reference: 0, current: 0 }))
  for (const { key, reference: r, current: c } of binRows(rows)) {
    const found = bins[key]
    if (found === undefined) continue
    found.reference += r
    found.current += c
  }
  return counted('sturges', bins, { ...sizes, gap: gapIn(rows) }, { edges: [...edges], values: null })
}

/** Each distinct value of the reference and of the window, and where the window's values meet the reference's. */
function bothSides({ path, as, reference }: Sample): string {
  return `with usual as (select * from read_parquet(${literal(reference.path)}) where upto is not null),
  seen as materialized (
    select ${as} as value, count(*)::double as count from read_parquet(${literal(path)}) where isfinite(${as}) group by ${as}
  ), ranked as (select *, sum(count) over (order by value rows unbounded preceding) as upto from seen),
  met as (
    select ranked.value, ranked.upto, ranked.count, usual.value as at, coalesce(usual.upto, 0) as r,
      coalesce(usual.upto, 0) - case when usual.value = ranked.value then usual.count else 0 end as r_below,
      case when usual.value = ranked.value then usual.previous else usual.value end as below
    from ranked asof left join usual on ranked.value >= usual.value
  )`
}

/**
 * The value up to which the two shares differ most. Between two of the window's values only the reference grows, so the
 * distance is largest at one of the window's values or at the reference's last value before one. Products of counts are
 * exact below 2⁵³.
 */
function gapOf({ referenceRows, currentRows }: { referenceRows: number; currentRows: number }): string {
  const distance = (r: string, c: string) => `abs(${r} * ${double(currentRows)} - (${c}) * ${double(referenceRows)})`
  const [at, below] = [distance('r', 'upto'), distance('r_below', 'upto - count')]
  return `, widest as (
    select arg_max(struct_pack(v := value, r := r, c := upto), ${at}) as gap, max(${at}) as distance from met
    union all
    select arg_max(struct_pack(v := below, r := r_below, c := upto - count), ${below}), max(${below}) from met where below is not null
  )
  select 'gap' as what, gap.v as key, gap.r as r, gap.c as c from (select * from widest order by distance desc nulls last limit 1)`
}

/** The number of a value's bin by halving the edges, which decide: arithmetic alone would put values on an edge into either. */
function binOf(edges: ArrayLike<number>, low: number, high: number): string {
  if (low === high) return String(low)
  const middle = Math.floor((low + high + 1) / 2)
  return `case when value >= ${double(edges[middle] ?? 0)} then ${binOf(edges, middle, high)} else ${binOf(edges, low, middle - 1)} end`
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
