import type { Kysely } from 'kysely'

/** How runs came about, as their launchers recorded it: JSON, one row per run. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('experiment_tracking_provenance')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('run_id', 'text', (c) => c.notNull())
    .addColumn('recorded', 'text', (c) => c.notNull())
    .addColumn('reproduces_run_id', 'text')
    .addPrimaryKeyConstraint('experiment_tracking_provenance_key', ['workspace', 'run_id'])
    .execute()
}
