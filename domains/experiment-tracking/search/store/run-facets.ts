import type { ReadContext } from '@millrace/kernel'
import type { RawBuilder } from 'kysely'
import { sql } from 'kysely'
import type { RunSearch } from '../model/run-search.ts'
import type { Facet } from '../model/search-endpoints.ts'
import type { Leaf } from '../model/condition.ts'
import type { SqlAt } from './leaf-sql.ts'
import { matchedRuns } from './matched-runs.ts'
import { attributeSql, valueTables } from './run-expressions.ts'

/** A field of a facet, as it was written and as it is stored. */
export interface FacetField extends Pick<Leaf, 'entity' | 'key'> {
  readonly text: string
}

export interface FacetInput {
  readonly search: RunSearch
  readonly nowMs: number
  readonly fields: readonly FacetField[]
  readonly limit: number
  readonly keys: boolean
}

export interface Facets {
  readonly count: number
  readonly facets: Facet[]
  readonly keys: { field: string; runs: number }[]
}

/** Keys are looked for in so many runs: a run may have hundreds, and a list to choose from needs no more. */
const runsForKeys = 2000

/** Counts the values of fields among the runs found. */
export async function facetsOf(context: ReadContext, input: FacetInput): Promise<Facets> {
  const { db, dialect, throwIfCancelled } = context
  const at: SqlAt = { dialect, nowMs: input.nowMs }
  const matched = await matchedRuns(context, input.search, at)
  if (matched === undefined) return { count: 0, facets: [], keys: [] }
  const { rows } = await sql<{ n: Count }>`select count(*) as n from (${matched}) m`.execute(db)
  const facets: Facet[] = []
  for (const field of input.fields) {
    throwIfCancelled()
    facets.push(await facetOf(context, input, { field, matched }, at))
  }
  const keys = input.keys ? await keysOf(context, input.search.workspace, matched) : []
  return { count: Number(rows[0]?.n ?? 0), facets, keys }
}

/** PostgreSQL gives sums and counts as text where they might be too large. */
type Count = number | string

interface Counted {
  value: string | number
  n: Count
  runs: Count
  different: Count
}

interface Range {
  n: Count
  different: Count
  low: number | null
  high: number | null
}

async function facetOf(
  { db }: ReadContext,
  { search, limit }: FacetInput,
  { field, matched }: { field: FacetField; matched: RawBuilder<{ id: string }> },
  at: SqlAt,
): Promise<Facet> {
  if (field.entity === 'metric') return rangeOf(db, search.workspace, field, matched)
  const { value, from } = valueOf(field, search.workspace, at)
  const { rows } =
    await sql<Counted>`with experiment_tracking_matched as materialized (${matched}), experiment_tracking_counted as (
      select ${value} as value, count(*) as n from experiment_tracking_matched m ${from} group by 1
    ) select value, n, sum(n) over () as runs, count(*) over () as different from experiment_tracking_counted
    where value is not null order by n desc, value limit ${sql.lit(limit)}`.execute(db)
  return {
    field: field.text,
    runs: Number(rows[0]?.runs ?? 0),
    values: rows.map(({ value: text, n }) => ({ value: String(text), runs: Number(n) })),
    distinct: Number(rows[0]?.different ?? 0),
    range: null,
  }
}

function valueOf({ entity, key }: FacetField, workspace: string, at: SqlAt) {
  if (entity === 'attribute') {
    const run = sql`join experiment_tracking_run r on r.workspace = ${workspace} and r.id = m.id`
    return { value: attributeSql(key, at), from: run }
  }
  if (entity === 'dataset') {
    const input = sql`join (select distinct v.run_id, ${sql.ref(`v.${key}`)} as value from experiment_tracking_input v where v.workspace = ${workspace}) d on d.run_id = m.id`
    return { value: sql`d.value`, from: input }
  }
  const { table } = valueTables[entity]
  const values = sql`join ${sql.table(table)} v on v.workspace = ${workspace} and v.run_id = m.id and v.key = ${key}`
  return { value: sql`v.value`, from: values }
}

async function rangeOf(
  db: ReadContext['db'],
  workspace: string,
  field: FacetField,
  matched: RawBuilder<{ id: string }>,
): Promise<Facet> {
  const { rows } = await sql<Range>`
    with experiment_tracking_matched as materialized (${matched})
    select count(*) as n, count(distinct v.last_value) as different, min(v.last_value) as low, max(v.last_value) as high
    from experiment_tracking_matched m join experiment_tracking_metric v on v.workspace = ${workspace} and v.run_id = m.id and v.key = ${field.key}`.execute(
    db,
  )
  const { n, different, low, high } = rows[0] ?? { n: 0, different: 0, low: null, high: null }
  const range = low === null || high === null ? null : { min: finite(low), max: finite(high) }
  return { field: field.text, runs: Number(n), values: [], distinct: Number(different), range }
}

/** JSON has no infinities; an axis ends at the greatest number. */
function finite(value: number): number {
  return Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value))
}

async function keysOf(
  { db, throwIfCancelled }: ReadContext,
  workspace: string,
  matched: RawBuilder<{ id: string }>,
): Promise<{ field: string; runs: number }[]> {
  const keys: { field: string; runs: number }[] = []
  for (const [entity, { table }] of Object.entries(valueTables)) {
    throwIfCancelled()
    const { rows } = await sql<{
      key: string
      n: Count
    }>`with experiment_tracking_matched as materialized (${matched} limit ${sql.lit(runsForKeys)})
      select v.key, count(*) as n from experiment_tracking_matched m join ${sql.table(table)} v on v.workspace = ${workspace} and v.run_id = m.id
      group by v.key order by n desc, v.key limit 2000`.execute(db)
    keys.push(...rows.map(({ key, n }) => ({ field: `${entity}s.${key}`, runs: Number(n) })))
  }
  return keys
}
