import type { Kysely } from 'kysely'
import type { Verdict } from '../model/alert-rule.ts'
import type { JudgedWindow } from '../model/streak.ts'
import type { MonitoringTables } from './tables.ts'

/** How far back a row of bad windows is followed. */
const longestStreak = 500

/** Reads and writes what rules said of windows. */
export function verdictRows(db: Kysely<MonitoringTables>, workspace: string) {
  return {
    save: (rule: string, window: { id: string; fromMs: number }, verdict: Verdict) => {
      const said = { verdict: verdict.verdict, body: JSON.stringify(verdict) }
      return db
        .insertInto('monitoring_verdict')
        .values({ workspace, rule, window_id: window.id, from_ms: window.fromMs, ...said })
        .onConflict((c) => c.columns(['workspace', 'rule', 'window_id']).doUpdateSet(said))
        .execute()
    },
    /** Newest first. */
    newestFirst: async (rule: string): Promise<JudgedWindow[]> => {
      const found = await db
        .selectFrom('monitoring_verdict')
        .select(['window_id', 'from_ms', 'verdict'])
        .where('workspace', '=', workspace)
        .where('rule', '=', rule)
        .orderBy('from_ms', 'desc')
        .limit(longestStreak)
        .execute()
      return found.map((row) => ({ windowId: row.window_id, fromMs: row.from_ms, verdict: verdictOf(row.verdict) }))
    },
    find: async (rule: string, windowId: string): Promise<Verdict | undefined> => {
      const row = await db
        .selectFrom('monitoring_verdict')
        .select('body')
        .where('workspace', '=', workspace)
        .where('rule', '=', rule)
        .where('window_id', '=', windowId)
        .executeTakeFirst()
      return row === undefined ? undefined : (JSON.parse(row.body) as Verdict) // as `save` wrote it
    },
    /** Verdicts by another spec say nothing about the rule as it is now. */
    forget: (rule: string) =>
      db.deleteFrom('monitoring_verdict').where('workspace', '=', workspace).where('rule', '=', rule).execute(),
  }
}

function verdictOf(text: string): JudgedWindow['verdict'] {
  return text === 'breach' || text === 'ok' ? text : 'not_enough'
}
