import type { Kysely, Selectable } from 'kysely'
import type { TrackingTables } from '../../store/tables.ts'
import { RunView } from '../model/search-endpoints.ts'

type Row = Selectable<TrackingTables['experiment_tracking_run_view']>

/** Reads and writes saved searches of runs. */
export function runViewRows(db: Kysely<TrackingTables>, workspace: string) {
  const rows = () => db.selectFrom('experiment_tracking_run_view').selectAll().where('workspace', '=', workspace)
  return {
    find: async (name: string): Promise<RunView | undefined> => {
      const row = await rows().where('name', '=', name).executeTakeFirst()
      return row === undefined ? undefined : toView(row)
    },
    all: async (): Promise<RunView[]> => (await rows().orderBy('name').execute()).map(toView),
    save: async (view: RunView): Promise<void> => {
      const values = {
        spec: JSON.stringify(view.spec),
        tree: JSON.stringify(view.tree),
        changed_by: view.changedBy,
        changed_at_ms: view.changedAtMs,
      }
      await db
        .insertInto('experiment_tracking_run_view')
        .values({ workspace, name: view.name, ...values })
        .onConflict((c) => c.columns(['workspace', 'name']).doUpdateSet(values))
        .execute()
    },
    remove: async (name: string): Promise<void> => {
      await db
        .deleteFrom('experiment_tracking_run_view')
        .where('workspace', '=', workspace)
        .where('name', '=', name)
        .execute()
    },
  }
}

function toView(row: Row): RunView {
  return RunView.parse({
    name: row.name,
    spec: JSON.parse(row.spec) as unknown,
    tree: row.tree === null ? null : (JSON.parse(row.tree) as unknown),
    changedBy: row.changed_by,
    changedAtMs: row.changed_at_ms,
  })
}
