import type { Kysely } from 'kysely'

/** Queues, jobs, their attempts, and the code versions that work ran. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('compute_queue')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('spec', 'text', (c) => c.notNull())
    .addColumn('created_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('updated_at_ms', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('compute_queue_key', ['workspace', 'name'])
    .execute()
  await createJobs(db)
  await createAttempts(db)
  await db.schema
    .createTable('compute_code_version')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('id', 'text', (c) => c.notNull())
    .addColumn('git_commit', 'text')
    .addColumn('dirty', 'integer', (c) => c.notNull())
    .addColumn('patch_digest', 'text')
    .addColumn('files_digest', 'text', (c) => c.notNull())
    .addColumn('root', 'text', (c) => c.notNull())
    .addColumn('entry', 'text', (c) => c.notNull())
    .addColumn('created_at_ms', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('compute_code_version_key', ['workspace', 'id'])
    .execute()
}

async function createJobs(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('compute_job')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('id', 'text', (c) => c.notNull())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('queue', 'text', (c) => c.notNull())
    .addColumn('share_group', 'text', (c) => c.notNull())
    .addColumn('priority', 'integer', (c) => c.notNull())
    .addColumn('cpu', 'double precision', (c) => c.notNull())
    .addColumn('memory_mb', 'bigint', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('entry', 'text', (c) => c.notNull())
    .addColumn('input', 'text', (c) => c.notNull())
    .addColumn('scopes', 'text', (c) => c.notNull())
    .addColumn('timeout_ms', 'bigint')
    .addColumn('attempt', 'integer', (c) => c.notNull())
    .addColumn('crashes', 'integer', (c) => c.notNull())
    .addColumn('max_crashes', 'integer', (c) => c.notNull())
    .addColumn('fence', 'text')
    .addColumn('worker', 'text')
    .addColumn('lease_until_ms', 'bigint', (c) => c.notNull())
    .addColumn('not_before_ms', 'bigint', (c) => c.notNull())
    .addColumn('cancel_requested', 'integer', (c) => c.notNull())
    .addColumn('answer', 'text', (c) => c.notNull())
    .addColumn('exit_code', 'integer')
    .addColumn('reason', 'text')
    .addColumn('progress', 'text')
    .addColumn('submitted_by', 'text', (c) => c.notNull())
    .addColumn('submitted_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('started_at_ms', 'bigint')
    .addColumn('ended_at_ms', 'bigint')
    .addPrimaryKeyConstraint('compute_job_key', ['workspace', 'id'])
    .execute()
  // Waiting jobs in the order they are chosen from; also finds the live ones.
  await db.schema
    .createIndex('compute_job_state')
    .on('compute_job')
    .columns(['state', 'workspace', 'priority', 'submitted_at_ms'])
    .execute()
  await db.schema
    .createIndex('compute_job_submitted')
    .on('compute_job')
    .columns(['workspace', 'submitted_at_ms', 'id'])
    .execute()
}

async function createAttempts(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('compute_attempt')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('job_id', 'text', (c) => c.notNull())
    .addColumn('number', 'integer', (c) => c.notNull())
    .addColumn('fence', 'text', (c) => c.notNull())
    .addColumn('worker', 'text', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('started_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('ended_at_ms', 'bigint')
    .addColumn('exit_code', 'integer')
    .addColumn('reason', 'text')
    .addPrimaryKeyConstraint('compute_attempt_key', ['workspace', 'job_id', 'number'])
    .execute()
}
