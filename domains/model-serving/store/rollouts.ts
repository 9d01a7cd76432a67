import type { Db } from '@millrace/kernel/db'
import { tables } from '@millrace/kernel/db'
import type { RolloutRow, ServingTables } from './tables.ts'

/** The rollouts of one workspace. */
export function rolloutStore(db: Db, workspace: string) {
  const serving = tables<ServingTables>(db)
  const all = () => serving.selectFrom('model_serving_rollout').selectAll().where('workspace', '=', workspace)
  return {
    find: (id: string) => all().where('id', '=', id).executeTakeFirst(),
    byIds: (ids: readonly string[]) => all().where('id', 'in', ids).execute(),
    open: (endpoint: string) =>
      all().where('endpoint', '=', endpoint).where('state', 'in', ['shadow', 'canary']).executeTakeFirst(),
    list: (endpoint: string, limit: number, before: { atMs: number; id: string } | undefined) =>
      all()
        .where('endpoint', '=', endpoint)
        .$if(before !== undefined, (query) =>
          query.where((e) =>
            e.or([
              e('started_at_ms', '<', before?.atMs ?? 0),
              e.and([e('started_at_ms', '=', before?.atMs ?? 0), e('id', '<', before?.id ?? '')]),
            ]),
          ),
        )
        .orderBy('started_at_ms', 'desc')
        .orderBy('id', 'desc')
        .limit(limit)
        .execute(),
    add: (row: Omit<RolloutRow, 'workspace'>) =>
      serving
        .insertInto('model_serving_rollout')
        .values({ workspace, ...row })
        .execute(),
    update: (id: string, set: Partial<Omit<RolloutRow, 'workspace' | 'id' | 'endpoint' | 'plan'>>) =>
      serving
        .updateTable('model_serving_rollout')
        .set(set)
        .where('workspace', '=', workspace)
        .where('id', '=', id)
        .execute(),
  }
}
