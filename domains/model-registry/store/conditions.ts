import type { Dialect } from '@millrace/kernel/db'
import type { Expression, RawBuilder, SqlBool } from 'kysely'
import { sql } from 'kysely'
import { problem } from '../model/problems.ts'
import type { Clause } from '../model/registry-search.ts'

/** The condition a clause puts on a text, the same on both stores: LIKE minds case, ILIKE does not. */
export function onText(dialect: Dialect, column: Expression<unknown>, clause: Clause): RawBuilder<SqlBool> {
  const { comparator, value } = clause
  if (comparator === 'IN' || comparator === 'NOT IN') return listed(column, comparator, listOf(clause))
  if (typeof value !== 'string') throw problem['bad-search']({ reason: `${clause.field} is compared with a text` })
  if (comparator === 'LIKE' || comparator === 'ILIKE') return like(dialect, column, comparator, value)
  if (comparator === '=' || comparator === '!=') return sql<SqlBool>`${column} ${sql.raw(comparator)} ${value}`
  throw problem['bad-search']({ reason: `${clause.field} is compared with =, !=, LIKE, ILIKE, IN or NOT IN` })
}

/** The condition a clause puts on a number. */
export function onNumber(column: Expression<unknown>, clause: Clause): RawBuilder<SqlBool> {
  const { comparator, value } = clause
  if (typeof value !== 'number' || !['=', '!=', '<', '<=', '>', '>='].includes(comparator))
    throw problem['bad-search']({ reason: `${clause.field} is compared with a number by =, !=, <, <=, > or >=` })
  return sql<SqlBool>`${column} ${sql.raw(comparator)} ${value}`
}

/** Texts in the order of their bytes, on both stores. */
export function byBytes(dialect: Dialect, column: Expression<unknown>): RawBuilder<string> {
  return dialect === 'postgres' ? sql<string>`${column} collate "C"` : sql<string>`${column}`
}

function listOf({ field, value }: Clause): readonly string[] {
  if (!Array.isArray(value) || value.length === 0)
    throw problem['bad-search']({ reason: `IN needs a list of texts for ${field}` })
  return value
}

function listed(column: Expression<unknown>, comparator: 'IN' | 'NOT IN', list: readonly string[]) {
  const members = sql.join(list.map((item) => sql`${item}`))
  return comparator === 'IN' ? sql<SqlBool>`${column} in (${members})` : sql<SqlBool>`${column} not in (${members})`
}

function like(dialect: Dialect, column: Expression<unknown>, comparator: 'LIKE' | 'ILIKE', pattern: string) {
  if (dialect === 'postgres') {
    return comparator === 'LIKE'
      ? sql<SqlBool>`${column} like ${pattern} escape ''`
      : sql<SqlBool>`${column} ilike ${pattern} escape ''`
  }
  // SQLite's own LIKE is blind to case; GLOB is not.
  return comparator === 'LIKE'
    ? sql<SqlBool>`${column} glob ${pattern.replaceAll(/[*?[]/g, '[$&]').replaceAll('%', '*').replaceAll('_', '?')}`
    : sql<SqlBool>`${column} like ${pattern}`
}
