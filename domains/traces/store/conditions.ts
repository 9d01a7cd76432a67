import type { Dialect } from '@millrace/kernel/db'
import type { Expression, RawBuilder, SqlBool } from 'kysely'
import { sql } from 'kysely'
import type { Clause } from '../model/trace-filter.ts'

type Comparison = Pick<Clause, 'comparator' | 'value'>

/** The condition a comparison puts on a value, the same on both stores: LIKE minds case, ILIKE does not. RLIKE is PostgreSQL's alone. */
export function conditionOn(
  dialect: Dialect,
  column: Expression<unknown>,
  { comparator, value }: Comparison,
): RawBuilder<SqlBool> {
  if (comparator === 'IS NULL') return sql<SqlBool>`${column} is null`
  if (comparator === 'IS NOT NULL') return sql<SqlBool>`${column} is not null`
  if (Array.isArray(value)) return listCondition(dialect, column, comparator, value)
  if (comparator === 'LIKE' || comparator === 'ILIKE') return likeCondition(dialect, column, comparator, String(value))
  if (comparator === 'RLIKE') return sql<SqlBool>`${column} ~ ${String(value)}`
  // One of the six signs: the grammar knows no other comparator with a single value.
  return sql<SqlBool>`${column} ${sql.raw(comparator)} ${value}`
}

function listCondition(
  dialect: Dialect,
  column: Expression<unknown>,
  comparator: string,
  list: readonly string[],
): RawBuilder<SqlBool> {
  const negated = comparator === 'NOT IN'
  if (list.length === 0) return negated ? sql<SqlBool>`1 = 1` : sql<SqlBool>`1 = 0`
  // A list of thousands would be more parameters than a statement may have.
  const members =
    dialect === 'sqlite' && list.length > 100
      ? sql`select value from json_each(${JSON.stringify(list)})`
      : sql.join(list.map((item) => sql`${item}`))
  return negated ? sql<SqlBool>`${column} not in (${members})` : sql<SqlBool>`${column} in (${members})`
}

function likeCondition(
  dialect: Dialect,
  column: Expression<unknown>,
  comparator: 'LIKE' | 'ILIKE',
  pattern: string,
): RawBuilder<SqlBool> {
  if (dialect === 'postgres') {
    return comparator === 'LIKE'
      ? sql<SqlBool>`${column} like ${pattern} escape ''`
      : sql<SqlBool>`${column} ilike ${pattern} escape ''`
  }
  // SQLite's own LIKE is blind to case; GLOB is not.
  return comparator === 'LIKE'
    ? sql<SqlBool>`${column} glob ${globOf(pattern)}`
    : sql<SqlBool>`${column} like ${pattern}`
}

/** `%` and `_` become `*` and `?`; what GLOB would take for its own is bracketed. */
function globOf(pattern: string): string {
  return pattern.replaceAll(/[*?[]/g, '[$&]').replaceAll('%', '*').replaceAll('_', '?')
}

/** An attribute of a span's stored JSON as text: texts as they are, anything else as JSON. */
export function spanAttribute(dialect: Dialect, content: Expression<unknown>, name: string): RawBuilder<string | null> {
  if (dialect === 'postgres') return sql`(${content}::json -> 'attributes' ->> cast(${name} as text))`
  const path = `$.attributes."${name}"`
  // true and false would come out as 1 and 0, and numbers would equal no text.
  return sql`case when json_type(${content}, ${path}) in ('true', 'false') then json_type(${content}, ${path})
    else cast(json_extract(${content}, ${path}) as text) end`
}
