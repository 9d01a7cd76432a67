import { onEachStore, readContextOf } from '@millrace/kernel/testing'
import type { ReadContext } from '@millrace/kernel'
import type { Database } from '@millrace/kernel/db'
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { trackingKernel } from '../../testing/a-run.ts'
import { allOf } from '../model/condition.ts'
import { parseRunFilter, parseRunOrders } from '../model/run-filter.ts'
import { conditionOfQuery } from '../model/run-fields.ts'
import type { Cursor, RunSearch } from '../model/run-search.ts'
import type { SqlAt } from './leaf-sql.ts'
import { selectRuns } from './select-runs.ts'
import { phasesOf } from './walk-phases.ts'

const behind = (value: string | number): Cursor => ({
  keys: [{ rank: 0, value }],
  startedAtMs: 1000,
  id: '5f',
})
const searches: Readonly<Record<string, { filter?: string; query?: string; order?: string; cursor?: Cursor }>> = {
  'newest first': {},
  'newest first, behind a page': { cursor: { keys: [], startedAtMs: 1000, id: '5f' } },
  'filter and order by one metric': { filter: 'metrics.loss < 0.5', order: 'metrics.loss ASC' },
  'the same, behind a page': { filter: 'metrics.loss < 0.5', order: 'metrics.loss ASC', cursor: behind(0.25) },
  'order by a metric, greatest first, behind a page': { order: 'metrics.loss DESC', cursor: behind(0.25) },
  'order by a metric, filter by others': {
    filter: "metrics.acc > 0.1 AND params.model != '3' AND tags.team != '4'",
    order: 'metrics.loss ASC',
  },
  'order by a param, behind a page': { order: 'params.lr ASC', cursor: behind('0.1') },
  'our language, newest first': { query: 'metrics.loss < 0.5 or (params.model = tree and not exists tags.team)' },
}

onEachStore((openStore, dialect) => {
  describe('the plans of searches', () => {
    it('follow an index in the order asked for, and sort at most what is equal in it', async () => {
      const t = await trackingKernel(openStore)
      await fill(t.runtime.database)
      const context = readContextOf(t.runtime.database)
      const at: SqlAt = { dialect, nowMs: 0 }
      const plans: string[] = []
      for (const [name, asked] of Object.entries(searches)) {
        const search = searchOf(asked)
        const [phase] = phasesOf(search, 1, at)
        if (phase === undefined) throw new Error(`"${name}" has no statement.`)
        const statement = selectRuns(search, { ...phase, limit: 101 }, at)
        plans.push(`-- ${name}`, ...(await planOf(context, statement)), '')
      }
      await expect(plans.join('\n')).toMatchFileSnapshot(`plans.${dialect}.golden.txt`)
      expect(plans.join('\n')).not.toMatch(/SCAN [a-z]|Seq Scan|-> +Sort\b/)
    })
  })
})

function searchOf({ filter = '', query, order, cursor }: (typeof searches)[string]): RunSearch {
  return {
    workspace: 'default',
    experiments: [1],
    condition: query === undefined ? allOf(parseRunFilter(filter)) : conditionOfQuery(query, { nowMs: 0, me: '' }),
    orders: parseRunOrders(order === undefined ? [] : [order]),
    view: 'active',
    limit: 100,
    cursor,
  }
}

/** As many runs as PostgreSQL needs to tell a good plan from a bad one. */
async function fill(database: Database): Promise<void> {
  const numbers = sql`with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < 3000)`
  const id = sql`'run' || cast(n as text)`
  const metric = (key: string) => sql`insert into experiment_tracking_metric
    (workspace, run_id, key, experiment, points, finite_points, is_nan, last_value, chunks)
    ${numbers} select 'default', ${id}, ${sql.lit(key)}, 1, 1, 1, 0, n % 1000 / 1000.0, 0 from numbers`
  const text = (table: string, key: string) => sql`insert into ${sql.table(`experiment_tracking_${table}`)}
    (workspace, run_id, key, value) ${numbers} select 'default', ${id}, ${sql.lit(key)}, cast(n % 10 as text) from numbers`
  const runs = sql`insert into experiment_tracking_run
    (workspace, id, experiment, name, status, started_at_ms, created_at_ms, created_by)
    ${numbers} select 'default', ${id}, 1, 'a', 'finished', n, n, 'ann' from numbers`
  const values = [text('param', 'model'), text('param', 'lr'), text('tag', 'team')]
  await database.write(async (tx) => {
    for (const insert of [runs, metric('loss'), metric('acc'), ...values]) await insert.execute(tx)
    if (database.dialect === 'postgres') await sql`analyze`.execute(tx)
  })
}

async function planOf({ db, dialect }: ReadContext, statement: ReturnType<typeof selectRuns>): Promise<string[]> {
  if (dialect === 'sqlite') {
    const { rows } = await sql<{ detail: string }>`explain query plan ${statement}`.execute(db)
    return rows.map(({ detail }) => detail)
  }
  // So few rows would be read whole; the question is what the indexes give.
  return db.transaction().execute(async (tx) => {
    for (const way of ['seqscan', 'bitmapscan', 'hashjoin', 'mergejoin', 'material', 'memoize']) {
      await sql`set local ${sql.raw(`enable_${way}`)} = off`.execute(tx)
    }
    const { rows } = await sql<{ 'QUERY PLAN': string }>`explain (costs off) ${statement}`.execute(tx)
    return rows.map((row) => row['QUERY PLAN'])
  })
}
