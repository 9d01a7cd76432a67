import type { Kysely } from 'kysely'

/** Studies, their trials, and what trials reported on their way. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('hyperparameter_optimization_study')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('id', 'text', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('spec', 'text', (c) => c.notNull())
    .addColumn('trials', 'integer', (c) => c.notNull())
    .addColumn('created_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('updated_at_ms', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('hyperparameter_optimization_study_key', ['workspace', 'name'])
    .execute()
  await db.schema
    .createTable('hyperparameter_optimization_trial')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('id', 'text', (c) => c.notNull())
    .addColumn('study_id', 'text', (c) => c.notNull())
    .addColumn('study', 'text', (c) => c.notNull())
    .addColumn('number', 'integer', (c) => c.notNull())
    .addColumn('params', 'text', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('value', 'double precision')
    .addColumn('last_step', 'integer')
    .addColumn('run_id', 'text')
    .addColumn('started_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('ended_at_ms', 'bigint')
    .addPrimaryKeyConstraint('hyperparameter_optimization_trial_key', ['workspace', 'id'])
    .execute()
  await db.schema
    .createIndex('hyperparameter_optimization_trial_number')
    .on('hyperparameter_optimization_trial')
    .columns(['workspace', 'study_id', 'number'])
    .unique()
    .execute()
  await db.schema
    .createTable('hyperparameter_optimization_report')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('study_id', 'text', (c) => c.notNull())
    .addColumn('trial_id', 'text', (c) => c.notNull())
    .addColumn('step', 'integer', (c) => c.notNull())
    .addColumn('value', 'double precision', (c) => c.notNull())
    .addPrimaryKeyConstraint('hyperparameter_optimization_report_key', ['workspace', 'trial_id', 'step'])
    .execute()
  await db.schema
    .createIndex('hyperparameter_optimization_report_study')
    .on('hyperparameter_optimization_report')
    .columns(['workspace', 'study_id', 'step'])
    .execute()
}
