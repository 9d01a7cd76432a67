import type { Kysely } from 'kysely'
import { sql } from 'kysely'

type Dialect = 'sqlite' | 'postgres'

/** Experiments, runs, params, tags, metrics with their points, inputs, artifacts, logged models. */
export async function up(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  await createExperiments(db)
  await createRuns(db)
  await createMetrics(db, dialect)
  for (const name of ['param', 'tag']) await createValues(db, `experiment_tracking_${name}`)
  await createInputs(db)
  await createLoggedModels(db)
}

async function createExperiments(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('experiment_tracking_experiment')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('number', 'bigint', (c) => c.primaryKey())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('description', 'text', (c) => c.notNull())
    .addColumn('artifact_root', 'text', (c) => c.notNull())
    .addColumn('created_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('updated_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('deleted_at_ms', 'bigint')
    .addUniqueConstraint('experiment_tracking_experiment_name', ['workspace', 'name'])
    .execute()
  await db.schema
    .createTable('experiment_tracking_experiment_tag')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('experiment', 'bigint', (c) => c.notNull())
    .addColumn('key', 'text', (c) => c.notNull())
    .addColumn('value', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('experiment_tracking_experiment_tag_key', ['workspace', 'experiment', 'key'])
    .execute()
}

async function createRuns(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('experiment_tracking_run')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('id', 'text', (c) => c.notNull())
    .addColumn('experiment', 'bigint', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('status', 'text', (c) => c.notNull())
    .addColumn('started_at_ms', 'bigint')
    .addColumn('ended_at_ms', 'bigint')
    .addColumn('created_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('created_by', 'text', (c) => c.notNull())
    .addColumn('parent_run_id', 'text')
    .addColumn('code', 'text')
    .addColumn('deleted_at_ms', 'bigint')
    .addPrimaryKeyConstraint('experiment_tracking_run_key', ['workspace', 'id'])
    .execute()
  await db.schema
    .createIndex('experiment_tracking_run_by_start')
    .on('experiment_tracking_run')
    .columns(['workspace', 'experiment', 'started_at_ms'])
    .execute()
}

/** Params and tags: texts by run and key, and by key and value for searches. */
async function createValues(db: Kysely<unknown>, table: string): Promise<void> {
  await db.schema
    .createTable(table)
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('run_id', 'text', (c) => c.notNull())
    .addColumn('key', 'text', (c) => c.notNull())
    .addColumn('value', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint(`${table}_key`, ['workspace', 'run_id', 'key'])
    .execute()
}

async function createMetrics(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  await db.schema
    .createTable('experiment_tracking_metric')
    .addColumn('series', dialect === 'postgres' ? sql`bigserial` : 'integer', (c) =>
      dialect === 'postgres' ? c.primaryKey() : c.primaryKey().autoIncrement(),
    )
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('run_id', 'text', (c) => c.notNull())
    .addColumn('key', 'text', (c) => c.notNull())
    .addColumn('points', 'bigint', (c) => c.notNull())
    .addColumn('last_value', 'double precision')
    .addColumn('last_step', 'bigint', (c) => c.notNull())
    .addColumn('last_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('min_value', 'double precision')
    .addColumn('max_value', 'double precision')
    .addUniqueConstraint('experiment_tracking_metric_key', ['workspace', 'run_id', 'key'])
    .execute()
  const points = db.schema
    .createTable('experiment_tracking_point')
    .addColumn('series', 'bigint', (c) => c.notNull())
    .addColumn('step', 'bigint', (c) => c.notNull())
    .addColumn('at_ms', 'bigint', (c) => c.notNull())
    .addColumn('value', 'double precision', (c) => c.notNull())
    .addColumn('is_nan', 'integer', (c) => c.notNull())
    .addPrimaryKeyConstraint('experiment_tracking_point_key', ['series', 'step', 'at_ms', 'value', 'is_nan'])
  // The key is the whole row: on SQLite the table can be its own index.
  await (dialect === 'sqlite' ? points.modifyEnd(sql`without rowid`) : points).execute()
}

async function createInputs(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('experiment_tracking_input')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('run_id', 'text', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('digest', 'text', (c) => c.notNull())
    .addColumn('context', 'text', (c) => c.notNull())
    .addColumn('version_id', 'text')
    .addColumn('details', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('experiment_tracking_input_key', ['workspace', 'run_id', 'name', 'digest', 'context'])
    .execute()
  await db.schema
    .createTable('experiment_tracking_artifact')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('owner_kind', 'text', (c) => c.notNull())
    .addColumn('owner_id', 'text', (c) => c.notNull())
    .addColumn('path', 'text', (c) => c.notNull())
    .addColumn('digest', 'text', (c) => c.notNull())
    .addColumn('size_bytes', 'bigint', (c) => c.notNull())
    .addColumn('at_ms', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('experiment_tracking_artifact_key', ['workspace', 'owner_kind', 'owner_id', 'path'])
    .execute()
}

async function createLoggedModels(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('experiment_tracking_logged_model')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('id', 'text', (c) => c.notNull())
    .addColumn('experiment', 'bigint', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('run_id', 'text')
    .addColumn('status', 'text', (c) => c.notNull())
    .addColumn('type', 'text', (c) => c.notNull())
    .addColumn('params', 'text', (c) => c.notNull())
    .addColumn('tags', 'text', (c) => c.notNull())
    .addColumn('created_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('updated_at_ms', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('experiment_tracking_logged_model_key', ['workspace', 'id'])
    .execute()
}
