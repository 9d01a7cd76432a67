import type { Db } from '@millrace/kernel/db'
import { tables } from '@millrace/kernel/db'
import type { ExperimentRow, ServingTables, WeighingRow } from '../../store/tables.ts'

/** The experiments of one workspace, and the weights that bandits among them have set. */
export function experimentStore(db: Db, workspace: string) {
  const serving = tables<ServingTables>(db)
  const all = () => serving.selectFrom('model_serving_experiment').selectAll().where('workspace', '=', workspace)
  return {
    find: (id: string) => all().where('id', '=', id).executeTakeFirst(),
    byIds: (ids: readonly string[]) => all().where('id', 'in', ids).execute(),
    open: (endpoint: string) =>
      all().where('endpoint', '=', endpoint).where('state', '=', 'running').executeTakeFirst(),
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
    add: (row: Omit<ExperimentRow, 'workspace'>) =>
      serving
        .insertInto('model_serving_experiment')
        .values({ workspace, ...row })
        .execute(),
    update: (id: string, set: Partial<Omit<ExperimentRow, 'workspace' | 'id' | 'endpoint' | 'spec'>>) =>
      serving
        .updateTable('model_serving_experiment')
        .set(set)
        .where('workspace', '=', workspace)
        .where('id', '=', id)
        .execute(),
    addWeighing: (row: Omit<WeighingRow, 'workspace'>) =>
      serving
        .insertInto('model_serving_weighing')
        .values({ workspace, ...row })
        .execute(),
    weighings: (experimentId: string, limit: number, beforeNumber: number | undefined) =>
      serving
        .selectFrom('model_serving_weighing')
        .selectAll()
        .where('workspace', '=', workspace)
        .where('experiment_id', '=', experimentId)
        .$if(beforeNumber !== undefined, (query) => query.where('number', '<', beforeNumber ?? 0))
        .orderBy('number', 'desc')
        .limit(limit)
        .execute(),
  }
}
