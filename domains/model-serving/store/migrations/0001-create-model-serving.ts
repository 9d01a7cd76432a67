import type { Kysely } from 'kysely'
import { sql } from 'kysely'

/** Endpoints, deployments and rollouts; then what is known of the prediction log and of ground truth. */
export async function up(db: Kysely<unknown>, dialect: 'sqlite' | 'postgres'): Promise<void> {
  await createServing(db)
  await createRollout(db)
  await createLog(db)
  await createLabels(db, dialect)
}

async function createServing(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('model_serving_endpoint')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('model', 'text', (c) => c.notNull())
    .addColumn('spec', 'text', (c) => c.notNull())
    .addColumn('created_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('created_by', 'text', (c) => c.notNull())
    .addColumn('deleted_at_ms', 'bigint')
    .execute()
  await db.schema
    .createIndex('model_serving_endpoint_name')
    .on('model_serving_endpoint')
    .columns(['workspace', 'name'])
    .unique()
    .execute()
  await db.schema
    .createTable('model_serving_deployment')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('endpoint', 'text', (c) => c.notNull())
    .addColumn('version_id', 'text', (c) => c.notNull())
    .addColumn('version', 'integer', (c) => c.notNull())
    .addColumn('role', 'text', (c) => c.notNull())
    .addColumn('weight', 'double precision', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('reason', 'text')
    .addColumn('rollout_id', 'text')
    .addColumn('created_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('ready_at_ms', 'bigint')
    .addColumn('ended_at_ms', 'bigint')
    .addColumn('created_by', 'text', (c) => c.notNull())
    .execute()
  await db.schema
    .createIndex('model_serving_deployment_endpoint')
    .on('model_serving_deployment')
    .columns(['workspace', 'endpoint', 'created_at_ms'])
    .execute()
}

async function createRollout(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('model_serving_rollout')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('endpoint', 'text', (c) => c.notNull())
    .addColumn('version_id', 'text', (c) => c.notNull())
    .addColumn('version', 'integer', (c) => c.notNull())
    .addColumn('champion_version_id', 'text', (c) => c.notNull())
    .addColumn('champion_deployment_id', 'text', (c) => c.notNull())
    .addColumn('deployment_id', 'text', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('paused', 'integer', (c) => c.notNull())
    .addColumn('step', 'integer', (c) => c.notNull())
    .addColumn('plan', 'text', (c) => c.notNull())
    .addColumn('verdicts', 'text', (c) => c.notNull())
    .addColumn('predictions', 'bigint', (c) => c.notNull())
    .addColumn('labels', 'bigint', (c) => c.notNull())
    .addColumn('started_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('step_started_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('ended_at_ms', 'bigint')
    .addColumn('reason', 'text')
    .addColumn('started_by', 'text', (c) => c.notNull())
    .execute()
  await db.schema
    .createIndex('model_serving_rollout_endpoint')
    .on('model_serving_rollout')
    .columns(['workspace', 'endpoint', 'started_at_ms'])
    .execute()
}

async function createLog(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('model_serving_spool_segment')
    .addColumn('name', 'text', (c) => c.primaryKey())
    .addColumn('compacted_at_ms', 'bigint', (c) => c.notNull())
    .execute()
  await db.schema
    .createTable('model_serving_log_file')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('endpoint', 'text', (c) => c.notNull())
    .addColumn('path', 'text', (c) => c.primaryKey())
    .addColumn('day', 'text', (c) => c.notNull())
    .addColumn('rows', 'bigint', (c) => c.notNull())
    .addColumn('size_bytes', 'bigint', (c) => c.notNull())
    .addColumn('min_request_id', 'text', (c) => c.notNull())
    .addColumn('max_request_id', 'text', (c) => c.notNull())
    .addColumn('min_event_ms', 'bigint', (c) => c.notNull())
    .addColumn('max_event_ms', 'bigint', (c) => c.notNull())
    .execute()
  await db.schema
    .createIndex('model_serving_log_file_event')
    .on('model_serving_log_file')
    .columns(['workspace', 'endpoint', 'min_event_ms'])
    .execute()
  await db.schema
    .createTable('model_serving_log_count')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('endpoint', 'text', (c) => c.notNull())
    .addColumn('deployment_id', 'text', (c) => c.notNull())
    .addColumn('version_id', 'text', (c) => c.notNull())
    .addColumn('version', 'integer', (c) => c.notNull())
    .addColumn('role', 'text', (c) => c.notNull())
    .addColumn('rows', 'bigint', (c) => c.notNull())
    .addColumn('requests', 'bigint', (c) => c.notNull())
    .addColumn('max_event_ms', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('model_serving_log_count_key', ['workspace', 'endpoint', 'deployment_id', 'role'])
    .execute()
}

async function createLabels(db: Kysely<unknown>, dialect: 'sqlite' | 'postgres'): Promise<void> {
  const countingKey = dialect === 'postgres' ? sql`bigserial` : sql`integer`
  await db.schema
    .createTable('model_serving_label_batch')
    .addColumn('sequence', countingKey, (c) => (dialect === 'sqlite' ? c.primaryKey().autoIncrement() : c.primaryKey()))
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('endpoint', 'text', (c) => c.notNull())
    .addColumn('received_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('event_time_ms', 'bigint', (c) => c.notNull())
    .addColumn('rows', 'bigint', (c) => c.notNull())
    .addColumn('min_request_id', 'text', (c) => c.notNull())
    .addColumn('max_request_id', 'text', (c) => c.notNull())
    .addColumn('body', 'text', (c) => c.notNull())
    .execute()
  await db.schema
    .createTable('model_serving_label_file')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('endpoint', 'text', (c) => c.notNull())
    .addColumn('path', 'text', (c) => c.primaryKey())
    .addColumn('rows', 'bigint', (c) => c.notNull())
    .addColumn('min_request_id', 'text', (c) => c.notNull())
    .addColumn('max_request_id', 'text', (c) => c.notNull())
    .execute()
  await db.schema
    .createIndex('model_serving_label_file_range')
    .on('model_serving_label_file')
    .columns(['workspace', 'endpoint', 'max_request_id'])
    .execute()
}
