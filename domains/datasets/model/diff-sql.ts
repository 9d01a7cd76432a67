import type { DatasetColumn } from '../contract.ts'
import { identifier, kindOf, literal, numericValue } from './profile-sql.ts'

/** A table function and the columns of either side. */
export interface ComparedTables {
  readonly from: string
  readonly to: string
  readonly common: readonly { readonly name: string; readonly fromType: string; readonly toType: string }[]
  readonly keys: readonly string[]
}

/** Rows compared at once: keys and hashes of so many fit into the memory that DuckDB has. */
export const rowsPerPart = 2_000_000

/** Counts keys that more than one row has. */
export function repeatedKeysSql(source: string, keys: readonly string[]): string {
  const names = keys.map(identifier).join(', ')
  return `select count(*) as n from (select 1 from ${source} group by ${names} having count(*) > 1)`
}

/**
 * Counts rows by key: `added`, `removed`, `changed`, `unchanged`, in the part `part` of `parts`. Rows are compared by a
 * 64-bit hash of the columns that both have.
 */
export function keyedRowsSql(tables: ComparedTables, part: number, parts: number): string {
  const rest = tables.common.filter(({ name }) => !tables.keys.includes(name))
  const keys = tables.common.filter(({ name }) => tables.keys.includes(name))
  const side = (of: 'from' | 'to') => {
    const keyed = keys.map((column, index) => `${comparable(column)} as k${index}`)
    const all = [...keyed, `${hashOf(rest)} as h`, '1 as here']
    return `select ${all.join(', ')} from ${tables[of]}${inPart(hashOf(keys), part, parts)}`
  }
  const on = keys.map((_column, index) => `a.k${index} is not distinct from b.k${index}`).join(' and ')
  return `select count(*) filter (where a.here is null) as added, count(*) filter (where b.here is null) as removed,
    count(*) filter (where a.here = 1 and b.here = 1 and a.h <> b.h) as changed,
    count(*) filter (where a.here = 1 and b.here = 1 and a.h = b.h) as unchanged
    from (${side('from')}) a full join (${side('to')}) b on ${on}`
}

/** Counts rows as a multiset: `added`, `removed`, `unchanged`. */
export function multisetRowsSql(tables: ComparedTables, part: number, parts: number): string {
  const side = (of: 'from' | 'to', is: number) => {
    const hash = hashOf(tables.common)
    return `select ${hash} as h, ${is} as side from ${tables[of]}${inPart(hash, part, parts)}`
  }
  return `select sum(greatest(b - a, 0)) as added, sum(greatest(a - b, 0)) as removed, sum(least(a, b)) as unchanged
    from (select h, count(*) filter (where side = 0) as a, count(*) filter (where side = 1) as b
    from (${side('from', 0)} union all ${side('to', 1)}) group by h)`
}

function inPart(hash: string, part: number, parts: number): string {
  // The high bits choose the part, so that the low ones still spread within it.
  return parts === 1 ? '' : ` where (${hash} >> 32) % ${parts} = ${part}`
}

function hashOf(columns: ComparedTables['common']): string {
  return columns.length === 0 ? '0::ubigint' : `hash(${columns.map((column) => comparable(column)).join(', ')})`
}

/** A column in a form in which equal values of both sides are equal, also where its type changed. */
function comparable(column: ComparedTables['common'][number]): string {
  const name = identifier(column.name)
  if (column.fromType === column.toType) return name
  const kinds = [kindOf(column.fromType), kindOf(column.toType)]
  if (kinds.every((kind) => kind === 'number')) return `${name}::double`
  if (kinds.every((kind) => kind === 'time')) return `${name}::timestamptz`
  return `${name}::varchar`
}

/** Inner edges of bins that hold about equal shares of a column: `q0`, `q1`, … of the columns in turn. */
export function quantilesSql(source: string, columns: readonly DatasetColumn[], bins: number): string {
  const levels = Array.from({ length: bins - 1 }, (_, index) => (index + 1) / bins).join(', ')
  const parts = columns.map((column, index) => `approx_quantile(${numericValue(column)}, [${levels}]) as q${index}`)
  return `select ${parts.join(', ')} from ${source}`
}

/** How many values of each column lie at or below each edge (`c<column>_<edge>`), with `n`, nulls `z` and the mean `m`. */
export function cumulativeSql(
  source: string,
  columns: readonly { readonly column: DatasetColumn; readonly edges: readonly number[] }[],
): string {
  const parts = columns.flatMap(({ column, edges }, index) => {
    const value = numericValue(column)
    return [
      `count(${value}) as n${index}`,
      `count(*) - count(${identifier(column.name)}) as z${index}`,
      `avg(${value}) as m${index}`,
      ...edges.map((edge, at) => `count(*) filter (where ${value} <= ${edge}) as c${index}_${at}`),
    ]
  })
  return `select ${parts.join(', ')} from ${source}`
}

/** How often each category stands (`c<category>`), with all values `n` and nulls `z`. */
export function categoriesSql(source: string, column: DatasetColumn, categories: readonly string[]): string {
  const name = identifier(column.name)
  const text = `left(${name}::varchar, 200)`
  const parts = categories.map((value, at) => `count(*) filter (where ${text} = ${literal(value)}) as c${at}`)
  return `select ${[`count(${name}) as n`, `count(*) - count(${name}) as z`, ...parts].join(', ')} from ${source}`
}
