import type { CreateTableBuilder, Kysely } from 'kysely'

type Columns = Readonly<Record<string, 'text' | 'integer' | 'bigint'>>

/** Pipelines, versions, runs, steps, their order and attempts, cached results, schedules and triggers. A `?` allows null. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createDeclared(db)
  await createRuns(db)
  await createAttempts(db)
  await createCache(db)
  await db.schema
    .createIndex('pipelines_run_key')
    .on('pipelines_run')
    .columns(['workspace', 'start_key'])
    .unique()
    .execute()
  await db.schema
    .createIndex('pipelines_run_order')
    .on('pipelines_run')
    .columns(['workspace', 'pipeline', 'number'])
    .execute()
  await db.schema
    .createIndex('pipelines_run_created')
    .on('pipelines_run')
    .columns(['workspace', 'created_at_ms', 'id'])
    .execute()
  await db.schema
    .createIndex('pipelines_step_run')
    .on('pipelines_step')
    .columns(['workspace', 'run_id', 'name'])
    .unique()
    .execute()
  await db.schema
    .createIndex('pipelines_attempt_job')
    .on('pipelines_attempt')
    .columns(['workspace', 'job_id'])
    .unique()
    .execute()
  await db.schema
    .createIndex('pipelines_attempt_run')
    .on('pipelines_attempt')
    .columns(['workspace', 'run_id'])
    .execute()
  await db.schema
    .createIndex('pipelines_attempt_step')
    .on('pipelines_attempt')
    .columns(['workspace', 'step_id', 'number'])
    .execute()
  await db.schema
    .createIndex('pipelines_trigger_event')
    .on('pipelines_trigger')
    .columns(['event', 'workspace'])
    .execute()
  await db.schema.createIndex('pipelines_schedule_next').on('pipelines_schedule').columns(['next_at_ms']).execute()
}

async function createDeclared(db: Kysely<unknown>): Promise<void> {
  await create(db, 'pipelines_pipeline', ['workspace', 'name'], {
    workspace: 'text',
    name: 'text',
    spec: 'text',
    version: 'integer',
    version_id: 'text',
    code_id: 'text',
    runs: 'integer',
    created_at_ms: 'bigint',
    updated_at_ms: 'bigint',
  })
  await create(db, 'pipelines_version', ['workspace', 'id'], {
    workspace: 'text',
    id: 'text',
    pipeline: 'text',
    number: 'integer',
    module: 'text',
    files_digest: 'text',
    code_id: 'text',
    graph: 'text',
    parameters: 'text',
    created_at_ms: 'bigint',
    created_by: 'text',
  })
  await create(db, 'pipelines_schedule', ['workspace', 'name'], {
    workspace: 'text',
    name: 'text',
    spec: 'text',
    'next_at_ms?': 'bigint',
    'last_due_at_ms?': 'bigint',
    created_at_ms: 'bigint',
    updated_at_ms: 'bigint',
  })
  await create(db, 'pipelines_trigger', ['workspace', 'pipeline', 'position'], {
    workspace: 'text',
    pipeline: 'text',
    position: 'integer',
    event: 'text',
    filter: 'text',
    parameters: 'text',
  })
}

async function createRuns(db: Kysely<unknown>): Promise<void> {
  await create(db, 'pipelines_run', ['workspace', 'id'], {
    workspace: 'text',
    id: 'text',
    pipeline: 'text',
    version_id: 'text',
    version_number: 'integer',
    number: 'integer',
    state: 'text',
    parameters: 'text',
    trigger_kind: 'text',
    trigger_id: 'text',
    'trigger_reason?': 'text',
    'start_key?': 'text',
    use_cache: 'integer',
    cancel_requested: 'integer',
    'outputs?': 'text',
    'reason?': 'text',
    steps_left: 'integer',
    created_at_ms: 'bigint',
    'started_at_ms?': 'bigint',
    'ended_at_ms?': 'bigint',
  })
  await create(db, 'pipelines_step', ['workspace', 'id'], {
    workspace: 'text',
    id: 'text',
    run_id: 'text',
    name: 'text',
    position: 'integer',
    plan: 'text',
    state: 'text',
    waits_for: 'integer',
    'inputs?': 'text',
    'outputs?': 'text',
    'cached_from?': 'text',
    'cache_reason?': 'text',
    'cache_key?': 'text',
    'reason?': 'text',
    'started_at_ms?': 'bigint',
    'ended_at_ms?': 'bigint',
  })
}

async function createAttempts(db: Kysely<unknown>): Promise<void> {
  await create(db, 'pipelines_order', ['workspace', 'run_id', 'before', 'step'], {
    workspace: 'text',
    run_id: 'text',
    before: 'text',
    step: 'text',
  })
  await create(db, 'pipelines_attempt', ['workspace', 'id'], {
    workspace: 'text',
    id: 'text',
    step_id: 'text',
    run_id: 'text',
    number: 'integer',
    state: 'text',
    job_id: 'text',
    'started_at_ms?': 'bigint',
    'ended_at_ms?': 'bigint',
    'reason?': 'text',
  })
}

async function createCache(db: Kysely<unknown>): Promise<void> {
  await create(db, 'pipelines_cache', ['workspace', 'key'], {
    workspace: 'text',
    key: 'text',
    pipeline: 'text',
    step: 'text',
    step_id: 'text',
    run_number: 'integer',
    identity: 'text',
    outputs: 'text',
    created_at_ms: 'bigint',
  })
  await db.schema
    .createIndex('pipelines_cache_step')
    .on('pipelines_cache')
    .columns(['workspace', 'pipeline', 'step', 'created_at_ms'])
    .execute()
  await create(db, 'pipelines_cache_file', ['workspace', 'key', 'digest'], {
    workspace: 'text',
    key: 'text',
    digest: 'text',
  })
  await db.schema
    .createIndex('pipelines_cache_file_digest')
    .on('pipelines_cache_file')
    .columns(['workspace', 'digest'])
    .execute()
}

async function create(db: Kysely<unknown>, table: string, key: string[], columns: Columns): Promise<void> {
  let builder: CreateTableBuilder<string, string> = db.schema.createTable(table)
  for (const [column, type] of Object.entries(columns)) {
    const nullable = column.endsWith('?')
    builder = builder.addColumn(nullable ? column.slice(0, -1) : column, type, (c) => (nullable ? c : c.notNull()))
  }
  // The key's columns are among those just added; the builder's type has forgotten them.
  await builder.addPrimaryKeyConstraint(`${table}_primary`, key).execute()
}
