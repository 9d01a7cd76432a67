import type { Dialect } from '@millrace/kernel/db'
import type { Expression, RawBuilder, SqlBool } from 'kysely'
import { sql } from 'kysely'
import type { Clause } from '../model/filter.ts'

/** The condition `clause` puts on a value, the same on both stores: LIKE minds case, ILIKE does not. */
export function conditionOn(dialect: Dialect, value: Expression<unknown>, clause: Clause): RawBuilder<SqlBool> {
  const { comparator } = clause
  if (Array.isArray(clause.value)) return listCondition(value, comparator, clause.value)
  if (comparator === 'LIKE' || comparator === 'ILIKE')
    return likeCondition(dialect, value, comparator, String(clause.value))
  // One of the six signs: the grammar knows no other comparator with a single value.
  return sql<SqlBool>`${value} ${sql.raw(comparator)} ${clause.value}`
}

function listCondition(value: Expression<unknown>, comparator: string, list: readonly string[]): RawBuilder<SqlBool> {
  const members = sql.join(list.map((item) => sql`${item}`))
  return comparator === 'NOT IN' ? sql<SqlBool>`${value} not in (${members})` : sql<SqlBool>`${value} in (${members})`
}

function likeCondition(
  dialect: Dialect,
  value: Expression<unknown>,
  comparator: 'LIKE' | 'ILIKE',
  pattern: string,
): RawBuilder<SqlBool> {
  if (dialect === 'postgres') {
    return comparator === 'LIKE'
      ? sql<SqlBool>`${value} like ${pattern} escape ''`
      : sql<SqlBool>`${value} ilike ${pattern} escape ''`
  }
  // SQLite's own LIKE is blind to case; GLOB is not.
  return comparator === 'LIKE' ? sql<SqlBool>`${value} glob ${globOf(pattern)}` : sql<SqlBool>`${value} like ${pattern}`
}

/** `%` and `_` become `*` and `?`; what GLOB would take for its own is bracketed. */
function globOf(pattern: string): string {
  return pattern.replaceAll(/[*?[]/g, '[$&]').replaceAll('%', '*').replaceAll('_', '?')
}
