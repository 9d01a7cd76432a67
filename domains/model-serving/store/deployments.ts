import type { Db } from '@millrace/kernel/db'
import { tables } from '@millrace/kernel/db'
import type { Expression, ExpressionBuilder, SqlBool } from 'kysely'
import type { DeploymentRow, ServingTables } from './tables.ts'

/** The deployments that the data plane is told of: one that failed to load is tried again as long as it has a part to play. */
export function isLive(e: ExpressionBuilder<ServingTables, 'model_serving_deployment'>): Expression<SqlBool> {
  return e.or([
    e('state', 'in', ['loading', 'ready', 'draining']),
    e.and([e('state', '=', 'failed'), e('role', '!=', 'retired')]),
  ])
}

/** The deployments of one workspace. */
export function deploymentStore(db: Db, workspace: string) {
  const serving = tables<ServingTables>(db)
  const all = () => serving.selectFrom('model_serving_deployment').selectAll().where('workspace', '=', workspace)
  return {
    find: (id: string) => all().where('id', '=', id).executeTakeFirst(),
    byIds: (ids: readonly string[]) => all().where('id', 'in', ids).execute(),
    live: (endpoint: string) =>
      all()
        .where('endpoint', '=', endpoint)
        .where((e) => isLive(e))
        .orderBy('created_at_ms')
        .orderBy('id')
        .execute(),
    list: (endpoint: string, limit: number, before: { atMs: number; id: string } | undefined) =>
      all()
        .where('endpoint', '=', endpoint)
        .$if(before !== undefined, (query) =>
          query.where((e) =>
            e.or([
              e('created_at_ms', '<', before?.atMs ?? 0),
              e.and([e('created_at_ms', '=', before?.atMs ?? 0), e('id', '<', before?.id ?? '')]),
            ]),
          ),
        )
        .orderBy('created_at_ms', 'desc')
        .orderBy('id', 'desc')
        .limit(limit)
        .execute(),
    add: (row: Omit<DeploymentRow, 'workspace'>) =>
      serving
        .insertInto('model_serving_deployment')
        .values({ workspace, ...row })
        .execute(),
    update: (
      id: string,
      set: Partial<Pick<DeploymentRow, 'role' | 'weight' | 'state' | 'reason' | 'ready_at_ms' | 'ended_at_ms'>>,
    ) =>
      serving
        .updateTable('model_serving_deployment')
        .set(set)
        .where('workspace', '=', workspace)
        .where('id', '=', id)
        .execute(),
  }
}
