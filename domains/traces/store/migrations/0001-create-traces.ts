import type { Kysely } from 'kysely'

/** Traces with their spans, labels and assessments; evaluation data sets; scorers. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createTraces(db)
  await createSpans(db)
  await createLabels(db)
  await createAssessments(db)
  await createEvaluationDatasets(db)
  await createEvaluationRecords(db)
  await createScorers(db)
}

async function createTraces(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('traces_trace')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('id', 'text', (c) => c.notNull())
    .addColumn('experiment', 'bigint', (c) => c.notNull())
    .addColumn('name', 'text')
    .addColumn('root_name', 'text')
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('started_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('duration_ms', 'bigint')
    .addColumn('client_request_id', 'text')
    .addColumn('request_preview', 'text')
    .addColumn('response_preview', 'text')
    .addColumn('session_id', 'text')
    .addColumn('finalized', 'integer', (c) => c.notNull())
    .addColumn('input_tokens', 'bigint')
    .addColumn('output_tokens', 'bigint')
    .addColumn('total_tokens', 'bigint')
    .addColumn('cache_read_tokens', 'bigint')
    .addColumn('cache_creation_tokens', 'bigint')
    .addPrimaryKeyConstraint('traces_trace_key', ['workspace', 'id'])
    .execute()
  await db.schema
    .createIndex('traces_trace_by_start')
    .on('traces_trace')
    .columns(['workspace', 'experiment', 'started_at_ms', 'id'])
    .execute()
  await db.schema
    .createIndex('traces_trace_by_session')
    .on('traces_trace')
    .columns(['workspace', 'session_id'])
    .execute()
}

/** One row per span: what searches and metrics need in columns, the whole span as JSON in `content`. */
async function createSpans(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('traces_span')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('trace_id', 'text', (c) => c.notNull())
    .addColumn('id', 'text', (c) => c.notNull())
    .addColumn('parent_id', 'text')
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('type', 'text')
    .addColumn('status', 'text', (c) => c.notNull())
    .addColumn('started_at_us', 'bigint', (c) => c.notNull())
    .addColumn('ended_at_us', 'bigint')
    .addColumn('model_name', 'text')
    .addColumn('model_provider', 'text')
    .addColumn('input_cost', 'double precision')
    .addColumn('output_cost', 'double precision')
    .addColumn('total_cost', 'double precision')
    .addColumn('content', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('traces_span_key', ['workspace', 'trace_id', 'id'])
    .execute()
}

/** Tags, metadata, runs and prompts of a trace. `head` is the start of the value, short enough for an index. */
async function createLabels(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('traces_label')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('trace_id', 'text', (c) => c.notNull())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('key', 'text', (c) => c.notNull())
    .addColumn('value', 'text', (c) => c.notNull())
    .addColumn('head', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('traces_label_key', ['workspace', 'trace_id', 'kind', 'key'])
    .execute()
  await db.schema
    .createIndex('traces_label_by_value')
    .on('traces_label')
    .columns(['workspace', 'kind', 'key', 'head'])
    .execute()
}

async function createAssessments(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('traces_assessment')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('trace_id', 'text', (c) => c.notNull())
    .addColumn('id', 'text', (c) => c.notNull())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('value', 'text', (c) => c.notNull())
    .addColumn('number', 'double precision')
    .addColumn('is_number', 'integer', (c) => c.notNull())
    .addColumn('error', 'text')
    .addColumn('source_type', 'text', (c) => c.notNull())
    .addColumn('source_id', 'text', (c) => c.notNull())
    .addColumn('span_id', 'text')
    .addColumn('rationale', 'text')
    .addColumn('overrides', 'text')
    .addColumn('valid', 'integer', (c) => c.notNull())
    .addColumn('metadata', 'text', (c) => c.notNull())
    .addColumn('of_session', 'integer', (c) => c.notNull())
    .addColumn('created_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('updated_at_ms', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('traces_assessment_key', ['workspace', 'trace_id', 'id'])
    .execute()
  await db.schema
    .createIndex('traces_assessment_by_name')
    .on('traces_assessment')
    .columns(['workspace', 'kind', 'name'])
    .execute()
}

async function createEvaluationDatasets(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('traces_evaluation_dataset')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('id', 'text', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('digest', 'text', (c) => c.notNull())
    .addColumn('schema', 'text')
    .addColumn('records', 'bigint', (c) => c.notNull())
    .addColumn('tags', 'text', (c) => c.notNull())
    .addColumn('created_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('updated_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('created_by', 'text')
    .addColumn('updated_by', 'text')
    .addPrimaryKeyConstraint('traces_evaluation_dataset_key', ['workspace', 'id'])
    .execute()
  await db.schema
    .createTable('traces_evaluation_experiment')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('dataset_id', 'text', (c) => c.notNull())
    .addColumn('experiment', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('traces_evaluation_experiment_key', ['workspace', 'dataset_id', 'experiment'])
    .execute()
}

async function createEvaluationRecords(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('traces_evaluation_record')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('dataset_id', 'text', (c) => c.notNull())
    .addColumn('id', 'text', (c) => c.notNull())
    .addColumn('input_hash', 'text', (c) => c.notNull())
    .addColumn('content', 'text', (c) => c.notNull())
    .addColumn('created_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('updated_at_ms', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('traces_evaluation_record_key', ['workspace', 'dataset_id', 'id'])
    .addUniqueConstraint('traces_evaluation_record_input', ['workspace', 'dataset_id', 'input_hash'])
    .execute()
  await db.schema
    .createIndex('traces_evaluation_record_by_time')
    .on('traces_evaluation_record')
    .columns(['workspace', 'dataset_id', 'created_at_ms', 'id'])
    .execute()
}

async function createScorers(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('traces_scorer')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('id', 'text', (c) => c.notNull())
    .addColumn('experiment', 'bigint', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('sampling', 'text')
    .addPrimaryKeyConstraint('traces_scorer_key', ['workspace', 'id'])
    .addUniqueConstraint('traces_scorer_name', ['workspace', 'experiment', 'name'])
    .execute()
  await db.schema
    .createTable('traces_scorer_version')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('scorer_id', 'text', (c) => c.notNull())
    .addColumn('version', 'integer', (c) => c.notNull())
    .addColumn('serialized', 'text', (c) => c.notNull())
    .addColumn('created_at_ms', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('traces_scorer_version_key', ['workspace', 'scorer_id', 'version'])
    .execute()
}
