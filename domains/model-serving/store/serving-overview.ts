import type { Db } from '@millrace/kernel/db'
import { tables } from '@millrace/kernel/db'
import { isLive } from './deployments.ts'
import type { ServingTables } from './tables.ts'

/** What control needs of all workspaces: to fill the data plane and to follow open rollouts. */
export function servingOverview(db: Db) {
  const serving = tables<ServingTables>(db)
  return {
    endpoints: () =>
      serving
        .selectFrom('model_serving_endpoint')
        .selectAll()
        .where('deleted_at_ms', 'is', null)
        .orderBy('id')
        .execute(),
    liveDeployments: () =>
      serving
        .selectFrom('model_serving_deployment')
        .selectAll()
        .where((e) => isLive(e))
        .orderBy('created_at_ms')
        .orderBy('id')
        .execute(),
    /** Ended ones too. */
    deployments: (ids: readonly string[]) =>
      serving.selectFrom('model_serving_deployment').selectAll().where('id', 'in', ids).execute(),
    openRollouts: () =>
      serving
        .selectFrom('model_serving_rollout')
        .selectAll()
        .where('state', 'in', ['shadow', 'canary'])
        .orderBy('started_at_ms')
        .execute(),
    runningExperiments: () =>
      serving
        .selectFrom('model_serving_experiment')
        .selectAll()
        .where('state', '=', 'running')
        .orderBy('started_at_ms')
        .execute(),
  }
}
