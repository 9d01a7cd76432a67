import type { Kysely } from 'kysely'

/** Metrics of logged models, which models runs took and made, and that a logged model can be deleted. */
export async function up(db: Kysely<unknown>, dialect: 'sqlite' | 'postgres'): Promise<void> {
  await db.schema
    .createTable('experiment_tracking_logged_model_metric')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('model_id', 'text', (c) => c.notNull())
    .addColumn('key', 'text', (c) => c.notNull())
    .addColumn('at_ms', 'bigint', (c) => c.notNull())
    .addColumn('step', 'bigint', (c) => c.notNull())
    .addColumn('run_id', 'text', (c) => c.notNull())
    .addColumn('value', dialect === 'postgres' ? 'double precision' : 'real')
    .addColumn('dataset_name', 'text')
    .addColumn('dataset_digest', 'text')
    .addPrimaryKeyConstraint('experiment_tracking_logged_model_metric_key', [
      'workspace',
      'model_id',
      'key',
      'at_ms',
      'step',
      'run_id',
    ])
    .execute()
  await db.schema
    .createTable('experiment_tracking_model_link')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('run_id', 'text', (c) => c.notNull())
    .addColumn('role', 'text', (c) => c.notNull())
    .addColumn('model_id', 'text', (c) => c.notNull())
    .addColumn('step', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('experiment_tracking_model_link_key', ['workspace', 'run_id', 'role', 'model_id', 'step'])
    .execute()
  await db.schema.alterTable('experiment_tracking_logged_model').addColumn('deleted_at_ms', 'bigint').execute()
  for (const column of ['experiment', 'run_id', 'name']) {
    await db.schema
      .createIndex(`experiment_tracking_logged_model_by_${column}`)
      .on('experiment_tracking_logged_model')
      .columns(['workspace', column, 'created_at_ms'])
      .execute()
  }
}
