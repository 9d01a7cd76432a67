import type { Kysely } from 'kysely'
import type { TrackingTables } from '../../store/tables.ts'

/** Every table that says something of a run by its id, but for artifacts. */
const tablesOfRun = [
  'experiment_tracking_param',
  'experiment_tracking_tag',
  'experiment_tracking_metric',
  'experiment_tracking_log',
  'experiment_tracking_chunk',
  'experiment_tracking_run_metrics',
  'experiment_tracking_run_document',
  'experiment_tracking_input',
  'experiment_tracking_model_link',
  'experiment_tracking_provenance',
] as const

/** Something forgotten whose bytes are not freed yet. */
export interface Purged {
  readonly workspace: string
  readonly owner: 'run' | 'logged-model'
  readonly id: string
  readonly root: string
}

/** Takes rows away for good, and remembers whose bytes are to be freed. */
export function purgeRows(db: Kysely<TrackingTables>, workspace: string) {
  return {
    run: async (id: string, root: string, nowMs: number, bytes: number): Promise<void> => {
      for (const table of tablesOfRun) {
        await db.deleteFrom(table).where('workspace', '=', workspace).where('run_id', '=', id).execute()
      }
      await forgetArtifacts(db, { workspace, owner: 'run', id, root }, nowMs, bytes)
      await db.deleteFrom('experiment_tracking_run').where('workspace', '=', workspace).where('id', '=', id).execute()
    },
    loggedModel: async (id: string, root: string, nowMs: number, bytes: number): Promise<void> => {
      for (const table of ['experiment_tracking_logged_model_metric', 'experiment_tracking_model_link'] as const) {
        await db.deleteFrom(table).where('workspace', '=', workspace).where('model_id', '=', id).execute()
      }
      await forgetArtifacts(db, { workspace, owner: 'logged-model', id, root }, nowMs, bytes)
      const models = db.deleteFrom('experiment_tracking_logged_model').where('workspace', '=', workspace)
      await models.where('id', '=', id).execute()
    },
    experiment: (number: number) => forgetExperiment(db, workspace, number),
    freed: async (owner: string, id: string): Promise<void> => {
      const waiting = db.deleteFrom('experiment_tracking_purge').where('workspace', '=', workspace)
      await waiting.where('owner_kind', '=', owner).where('owner_id', '=', id).execute()
    },
    waitingBytes: async (): Promise<number> => {
      const row = await db
        .selectFrom('experiment_tracking_purge')
        .select((e) => e.fn.sum<number | string | null>('bytes').as('bytes'))
        .where('workspace', '=', workspace)
        .executeTakeFirst()
      return Number(row?.bytes ?? 0)
    },
  }
}

async function forgetArtifacts(
  db: Kysely<TrackingTables>,
  { workspace, owner: owner_kind, id: owner_id, root }: Purged,
  nowMs: number,
  bytes: number,
): Promise<void> {
  await db
    .deleteFrom('experiment_tracking_artifact')
    .where('workspace', '=', workspace)
    .where('owner_kind', '=', owner_kind)
    .where('owner_id', '=', owner_id)
    .execute()
  await db
    .insertInto('experiment_tracking_purge')
    .values({ workspace, owner_kind, owner_id, root, bytes, at_ms: nowMs })
    .onConflict((c) => c.columns(['workspace', 'owner_kind', 'owner_id']).doUpdateSet({ root, bytes, at_ms: nowMs }))
    .execute()
}

async function forgetExperiment(db: Kysely<TrackingTables>, workspace: string, number: number): Promise<void> {
  const tags = db.deleteFrom('experiment_tracking_experiment_tag').where('workspace', '=', workspace)
  await tags.where('experiment', '=', number).execute()
  const experiments = db.deleteFrom('experiment_tracking_experiment').where('workspace', '=', workspace)
  await experiments.where('number', '=', number).execute()
  await db
    .insertInto('experiment_tracking_retired_number')
    .values({ workspace, number })
    .onConflict((c) => c.doNothing())
    .execute()
}

/** Whose bytes wait to be freed, of all workspaces, oldest first. */
export async function waitingPurges(db: Kysely<TrackingTables>, limit: number, workspace?: string): Promise<Purged[]> {
  let found = db.selectFrom('experiment_tracking_purge').selectAll()
  if (workspace !== undefined) found = found.where('workspace', '=', workspace)
  const rows = await found.orderBy('at_ms').orderBy('owner_id').limit(limit).execute()
  return rows.map((row) => ({
    workspace: row.workspace,
    owner: row.owner_kind === 'run' ? 'run' : 'logged-model',
    id: row.owner_id,
    root: row.root,
  }))
}
