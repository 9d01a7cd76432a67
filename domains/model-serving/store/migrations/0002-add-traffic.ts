import type { Kysely } from 'kysely'

/** Experiments, feedback, what shadows answered, and a minute series of every deployment. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('model_serving_endpoint').addColumn('followed_version_id', 'text').execute()
  await db.schema.alterTable('model_serving_deployment').addColumn('experiment_id', 'text').execute()
  await createExperiment(db)
  await createFeedback(db)
  await createSeries(db)
}

async function createExperiment(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('model_serving_experiment')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('endpoint', 'text', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('spec', 'text', (c) => c.notNull())
    .addColumn('arms', 'text', (c) => c.notNull())
    .addColumn('verdict', 'text', (c) => c.notNull())
    .addColumn('weighing', 'integer', (c) => c.notNull())
    .addColumn('weighed_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('started_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('ended_at_ms', 'bigint')
    .addColumn('winner_version_id', 'text')
    .addColumn('reason', 'text')
    .addColumn('started_by', 'text', (c) => c.notNull())
    .execute()
  await db.schema
    .createIndex('model_serving_experiment_endpoint')
    .on('model_serving_experiment')
    .columns(['workspace', 'endpoint', 'started_at_ms'])
    .execute()
  await db.schema
    .createTable('model_serving_weighing')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('experiment_id', 'text', (c) => c.notNull())
    .addColumn('number', 'integer', (c) => c.notNull())
    .addColumn('at_ms', 'bigint', (c) => c.notNull())
    .addColumn('arms', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('model_serving_weighing_key', ['workspace', 'experiment_id', 'number'])
    .execute()
}

async function createFeedback(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('model_serving_feedback')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('endpoint', 'text', (c) => c.notNull())
    .addColumn('request_id', 'text', (c) => c.notNull())
    .addColumn('row_number', 'integer', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('value', 'double precision')
    .addColumn('unit', 'text')
    .addColumn('tags', 'text')
    .addColumn('received_at_ms', 'bigint', (c) => c.notNull())
    // 0: it is not known yet which deployment answered; 1: it is; 2: the log does not have it.
    .addColumn('attributed', 'integer', (c) => c.notNull())
    .addColumn('deployment_id', 'text')
    .addColumn('context_id', 'text')
    .addColumn('context_step', 'integer')
    .addPrimaryKeyConstraint('model_serving_feedback_key', [
      'workspace',
      'endpoint',
      'request_id',
      'row_number',
      'name',
    ])
    .execute()
  await db.schema
    .createIndex('model_serving_feedback_context')
    .on('model_serving_feedback')
    .columns(['context_id', 'name', 'deployment_id'])
    .execute()
  await db.schema
    .createIndex('model_serving_feedback_waiting')
    .on('model_serving_feedback')
    .columns(['attributed', 'received_at_ms'])
    .execute()
}

async function createSeries(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('model_serving_minute')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('endpoint', 'text', (c) => c.notNull())
    .addColumn('deployment_id', 'text', (c) => c.notNull())
    .addColumn('minute_ms', 'bigint', (c) => c.notNull())
    .addColumn('version', 'integer', (c) => c.notNull())
    .addColumn('requests', 'bigint', (c) => c.notNull())
    .addColumn('rows', 'bigint', (c) => c.notNull())
    .addColumn('errors', 'bigint', (c) => c.notNull())
    .addColumn('runs', 'bigint', (c) => c.notNull())
    .addColumn('cache_hits', 'bigint', (c) => c.notNull())
    .addColumn('cache_misses', 'bigint', (c) => c.notNull())
    .addColumn('latency', 'text', (c) => c.notNull())
    .addColumn('queue', 'text', (c) => c.notNull())
    .addColumn('batches', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('model_serving_minute_key', ['workspace', 'endpoint', 'minute_ms', 'deployment_id'])
    .execute()
  await db.schema.createIndex('model_serving_minute_age').on('model_serving_minute').column('minute_ms').execute()
  await db.schema
    .createTable('model_serving_shadow')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('endpoint', 'text', (c) => c.notNull())
    .addColumn('deployment_id', 'text', (c) => c.primaryKey())
    .addColumn('rows', 'bigint', (c) => c.notNull())
    .addColumn('missed', 'bigint', (c) => c.notNull())
    .addColumn('outputs', 'text', (c) => c.notNull())
    .addColumn('updated_at_ms', 'bigint', (c) => c.notNull())
    .execute()
}
