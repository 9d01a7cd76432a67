import type { ReadContext } from '@millrace/kernel'
import type { RawBuilder } from 'kysely'
import { sql } from 'kysely'
import { withoutLeaves } from '../model/condition.ts'
import type { RunSearch } from '../model/run-search.ts'
import type { SqlAt } from './leaf-sql.ts'
import { conditionSql } from './leaf-sql.ts'
import { viewSql } from './select-runs.ts'
import { smallSource } from './small-source.ts'
import type { Source } from './sources.ts'
import { askedOf, sourceSql } from './sources.ts'

/** The ids of all runs that a search finds, as a statement; undefined where there can be none. */
export async function matchedRuns(
  context: ReadContext,
  search: RunSearch,
  at: SqlAt,
): Promise<RawBuilder<{ id: string }> | undefined> {
  const experiments = search.experiments ?? (await experimentsOf(context, search.workspace))
  if (experiments.length === 0) return undefined
  const source: Source = (await smallSource(context, search, { experiments }, at)) ?? { kind: 'runs', experiments }
  const { from, where } = sourceSql(source, search, at)
  const rest = withoutLeaves(search.condition, askedOf(source))
  const conditions = [...where, ...viewSql(search.view), conditionSql(rest, at)]
  return sql<{ id: string }>`select r.id from ${from} where ${sql.join(conditions, sql` and `)}`
}

/** The numbers of a workspace's experiments. */
export async function experimentsOf({ db }: ReadContext, workspace: string): Promise<number[]> {
  const { rows } = await sql<{ number: number }>`select number from experiment_tracking_experiment
    where workspace = ${workspace} order by number`.execute(db)
  return rows.map(({ number }) => number)
}

/** How many runs a search finds. */
export async function countMatched(context: ReadContext, search: RunSearch, nowMs: number): Promise<number> {
  const matched = await matchedRuns(context, search, { dialect: context.dialect, nowMs })
  if (matched === undefined) return 0
  const { rows } = await sql<{ n: number | string }>`select count(*) as n from (${matched}) m`.execute(context.db)
  return Number(rows[0]?.n ?? 0)
}
