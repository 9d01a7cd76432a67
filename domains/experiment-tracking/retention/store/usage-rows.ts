import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import type { TrackingTables } from '../../store/tables.ts'
import { Quota } from '../model/retention.ts'

const dayMs = 86_400_000

/** The day of a time, counted from 1970-01-01 in UTC. */
export const dayOf = (atMs: number): number => Math.floor(atMs / dayMs)

/** Counts what a workspace holds, and keeps its limits. */
export function usageRows(db: Kysely<TrackingTables>, workspace: string) {
  const stateOf = async (table: 'experiment_tracking_run' | 'experiment_tracking_experiment') => {
    const row = await db
      .selectFrom(table)
      .select((e) => [e.fn.countAll<number>().as('all'), e.fn.count<number>('deleted_at_ms').as('deleted')])
      .where('workspace', '=', workspace)
      .executeTakeFirst()
    const deleted = row?.deleted ?? 0
    return { active: (row?.all ?? 0) - deleted, deleted }
  }
  return {
    runs: () => stateOf('experiment_tracking_run'),
    experiments: () => stateOf('experiment_tracking_experiment'),
    artifacts: async (): Promise<{ files: number; bytes: number }> => {
      const row = await db
        .selectFrom('experiment_tracking_artifact')
        .select((e) => [
          e.fn.countAll<number>().as('files'),
          e.fn.sum<number | string | null>('size_bytes').as('bytes'),
        ])
        .where('workspace', '=', workspace)
        .where('size_bytes', '>=', 0)
        .executeTakeFirst()
      return { files: row?.files ?? 0, bytes: Number(row?.bytes ?? 0) }
    },
    pointsOn: async (day: number): Promise<number> => {
      const days = db.selectFrom('experiment_tracking_points_day').select('points').where('workspace', '=', workspace)
      return (await days.where('day', '=', day).executeTakeFirst())?.points ?? 0
    },
    addPoints: (day: number, points: number) =>
      db
        .insertInto('experiment_tracking_points_day')
        .values({ workspace, day, points })
        .onConflict((c) =>
          c
            .columns(['workspace', 'day'])
            .doUpdateSet({ points: sql<number>`experiment_tracking_points_day.points + ${points}` }),
        )
        .execute(),
    quota: async (): Promise<Quota | null> => {
      const row = await db
        .selectFrom('experiment_tracking_quota')
        .select('spec')
        .where('workspace', '=', workspace)
        .executeTakeFirst()
      return row === undefined ? null : Quota.parse(JSON.parse(row.spec))
    },
    setQuota: (quota: Quota) => {
      const spec = JSON.stringify(quota)
      return db
        .insertInto('experiment_tracking_quota')
        .values({ workspace, spec })
        .onConflict((c) => c.column('workspace').doUpdateSet({ spec }))
        .execute()
    },
  }
}
