import type { RawBuilder, SqlBool } from 'kysely'
import { sql } from 'kysely'
import type { ReadContext } from '@millrace/kernel'
import type { Order } from '../../model/filter.ts'
import { withoutLeaves } from '../model/condition.ts'
import type { Cursor, CursorKey, Found, RunSearch } from '../model/run-search.ts'
import type { SqlAt } from './leaf-sql.ts'
import { conditionSql } from './leaf-sql.ts'
import type { Term } from './order-terms.ts'
import { behindSql, orderSql } from './order-terms.ts'
import type { Source } from './sources.ts'
import { askedOf, sourceSql } from './sources.ts'

/** One statement of a search: where it starts, what else it asks, and its order. */
export interface Selection {
  readonly source: Source
  /** Beside the search's own condition. */
  readonly also?: readonly RawBuilder<SqlBool>[]
  readonly terms: readonly Term[]
  /** What is known of each order without reading it: a walk's phase. */
  readonly known: readonly (CursorKey | undefined)[]
  readonly limit: number
}

/** The statement that finds runs: their ids and where they stand in the order. */
export function selectRuns(search: RunSearch, selection: Selection, at: SqlAt): RawBuilder<Record<string, unknown>> {
  const { from, where } = sourceSql(selection.source, search, at)
  const rest = withoutLeaves(search.condition, askedOf(selection.source))
  const conditions = [...where, ...viewSql(search.view), conditionSql(rest, at), ...(selection.also ?? [])]
  const behind = behindSql(selection.terms)
  if (behind !== undefined) conditions.push(behind)
  if (at.dialect === 'sqlite' && selection.source.kind === 'runs') conditions.push(stillWaiting)
  const columns = selection.terms.map(({ expression, name }) => sql`${expression} as ${sql.ref(name)}`)
  return sql<
    Record<string, unknown>
  >`select ${sql.join(columns)} from ${from} where ${sql.join(conditions, sql` and `)} order by ${orderSql(selection.terms)} limit ${sql.lit(selection.limit)}`
}

// A statement over many runs looks now and then whether somebody still waits for it.
const stillWaiting = sql<SqlBool>`(case when r.rowid % 64 = 0 then millrace_alive() else 1 end)`

export function viewSql(view: RunSearch['view']): RawBuilder<SqlBool>[] {
  if (view === 'all') return []
  return [view === 'active' ? sql<SqlBool>`r.deleted_at_ms is null` : sql<SqlBool>`r.deleted_at_ms is not null`]
}

/** Runs a selection. */
export async function findSelected(
  { db, throwIfCancelled }: ReadContext,
  search: RunSearch,
  selection: Selection,
  at: SqlAt,
): Promise<Found[]> {
  throwIfCancelled()
  const { rows } = await selectRuns(search, selection, at).execute(db)
  return rows.map((row) => foundOf(row, search.orders, selection.known))
}

function foundOf(
  row: Record<string, unknown>,
  orders: readonly Order[],
  known: readonly (CursorKey | undefined)[],
): Found {
  const id = String(row['id'])
  const keys = orders.map((_order, place) => {
    const rank = known[place]?.rank ?? Number(row[`rank_${place}`])
    return { rank, value: rank === 0 ? keyValue(row[`value_${place}`]) : null }
  })
  const cursor: Cursor = { keys, startedAtMs: Number(row['started']), id }
  return { id, cursor }
}

function keyValue(value: unknown): string | number | null {
  return typeof value === 'string' || typeof value === 'number' ? value : null
}
