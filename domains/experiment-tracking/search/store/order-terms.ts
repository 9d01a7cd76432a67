import type { Expression, RawBuilder, SqlBool } from 'kysely'
import { sql } from 'kysely'
import type { Order } from '../../model/filter.ts'
import type { Cursor, CursorKey } from '../model/run-search.ts'
import { neverStarted } from '../model/run-search.ts'
import type { SqlAt } from './leaf-sql.ts'
import { attributeSql, byCodePoints, indexedStart, isWholeNumber, startedSql, valueTables } from './run-expressions.ts'

/** One term of ORDER BY, and the value at which the page before ended. Undefined: the page before ended nowhere. */
export interface Term {
  readonly expression: Expression<unknown>
  readonly descending: boolean
  readonly after: string | number | null | undefined
  /** The column that the value is read into. */
  readonly name: string
}

/** The terms of the orders from `first` on, and those that settle every tie: newest first, then by id. */
export function termsOf(orders: readonly Order[], first: number, cursor: Cursor | undefined, at: SqlAt): Term[] {
  const terms = orders.slice(first).flatMap((order, index) => {
    const place = first + index
    const key = cursor?.keys[place]
    const rank = { expression: rankSql(order, at), descending: false, after: key?.rank, name: `rank_${place}` }
    return [rank, valueTerm(order, place, orderValueSql(order, at), key)]
  })
  return [...terms, ...lastTerms(cursor, at)]
}

/** The term of one order's values. */
export function valueTerm(
  { descending }: Order,
  place: number,
  expression: Expression<unknown>,
  key: CursorKey | undefined,
): Term {
  return { expression, descending, after: key?.value, name: `value_${place}` }
}

/** What settles ties. */
function lastTerms(cursor: Cursor | undefined, at: SqlAt): Term[] {
  return [
    { expression: startedSql, descending: true, after: cursor?.startedAtMs, name: 'started' },
    { expression: byCodePoints(at.dialect, sql.ref('r.id')), descending: false, after: cursor?.id, name: 'id' },
  ]
}

/** Newest first from the index alone: runs that have started. */
export function startTerms(cursor: Cursor | undefined, at: SqlAt): Term[] {
  const hasStarted = cursor !== undefined && cursor.startedAtMs !== neverStarted
  return [
    {
      expression: sql.ref('r.started_at_ms'),
      descending: true,
      after: hasStarted ? cursor.startedAtMs : undefined,
      name: 'started',
    },
    { expression: byCodePoints(at.dialect, sql.ref('r.id')), descending: false, after: cursor?.id, name: 'id' },
  ]
}

/** The value an order sorts by, as the run `r` leads to it. */
function orderValueSql({ entity, key }: Order, at: SqlAt): Expression<unknown> {
  if (entity === 'attribute' || entity === 'dataset') return attributeValue(key, at)
  const value = sql.ref(`o.${valueTables[entity].column}`)
  return ofRun(entity, key, entity === 'metric' ? numberOrNull('o') : indexedStart(at.dialect, value))
}

/** 0 for a value, 1 for NaN, 2 for none. */
function rankSql({ entity, key }: Order, at: SqlAt): RawBuilder<unknown> {
  if (entity === 'attribute' || entity === 'dataset')
    return sql`(case when ${attributeValue(key, at)} is null then 2 else 0 end)`
  return sql`coalesce(${ofRun(entity, key, entity === 'metric' ? sql.ref('o.is_nan') : sql`0`)}, 2)`
}

/** A NaN has no place among the numbers, whatever its row holds. */
export function numberOrNull(alias: string): RawBuilder<unknown> {
  return sql`(case when ${sql.ref(`${alias}.is_nan`)} = 0 then ${sql.ref(`${alias}.last_value`)} end)`
}

export function attributeValue(key: string, at: SqlAt): Expression<unknown> {
  const value = attributeSql(key, at)
  return isWholeNumber(key) ? value : byCodePoints(at.dialect, value)
}

function ofRun(entity: 'metric' | 'param' | 'tag', key: string, what: Expression<unknown>): RawBuilder<unknown> {
  const { table } = valueTables[entity]
  return sql`(select ${what} from ${sql.table(table)} o where o.workspace = r.workspace and o.run_id = r.id and o.key = ${key})`
}

/** ORDER BY of terms. */
export function orderSql(terms: readonly Term[]): RawBuilder<unknown> {
  return sql.join(
    terms.map(({ expression, descending }) => (descending ? sql`${expression} desc` : sql`${expression}`)),
  )
}

/** The rows behind the last page: a is behind, or equal and b is behind, and so on. Its first half is what an index can use. */
export function behindSql(terms: readonly Term[]): RawBuilder<SqlBool> | undefined {
  const [term, ...rest] = terms
  if (term === undefined) return undefined
  const { expression, descending, after } = term
  const behindRest = behindSql(rest)
  // NULLs stand together, behind their own rank, so they are all equal.
  if (after === null) return behindRest
  if (after === undefined) return undefined
  const beyond = descending ? sql`<` : sql`>`
  if (behindRest === undefined) return sql<SqlBool>`${expression} ${beyond} ${after}`
  const upTo = descending ? sql`<=` : sql`>=`
  return sql<SqlBool>`(${expression} ${upTo} ${after} and (${expression} ${beyond} ${after} or ${behindRest}))`
}
