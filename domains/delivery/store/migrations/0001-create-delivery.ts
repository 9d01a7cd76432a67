import type { Kysely } from 'kysely'

/** Release policies, releases and the triggers they came from. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('delivery_policy')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('spec', 'text', (c) => c.notNull())
    .addColumn('cron_checked_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('created_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('updated_at_ms', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('delivery_policy_key', ['workspace', 'name'])
    .execute()
  await createRelease(db)
  await db.schema
    .createTable('delivery_trigger')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('policy', 'text', (c) => c.notNull())
    .addColumn('key', 'text', (c) => c.notNull())
    .addColumn('release_id', 'text', (c) => c.notNull())
    .addColumn('at_ms', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('delivery_trigger_key', ['workspace', 'policy', 'key'])
    .execute()
}

async function createRelease(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('delivery_release')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('policy', 'text', (c) => c.notNull())
    .addColumn('number', 'integer', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('open', 'integer', (c) => c.notNull())
    .addColumn('suppressed', 'integer', (c) => c.notNull())
    .addColumn('endpoint', 'text', (c) => c.notNull())
    .addColumn('pipeline_run_id', 'text')
    .addColumn('version_id', 'text')
    .addColumn('approval_id', 'text')
    .addColumn('rollout_id', 'text')
    .addColumn('deployment_id', 'text')
    .addColumn('body', 'text', (c) => c.notNull())
    .addColumn('created_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('updated_at_ms', 'bigint', (c) => c.notNull())
    .addUniqueConstraint('delivery_release_number', ['workspace', 'policy', 'number'])
    .execute()
  const indexes = {
    delivery_release_list: ['workspace', 'created_at_ms', 'id'],
    delivery_release_open: ['open', 'updated_at_ms'],
    delivery_release_run: ['workspace', 'pipeline_run_id'],
    delivery_release_version: ['workspace', 'version_id'],
    delivery_release_approval: ['workspace', 'approval_id'],
  }
  for (const [name, columns] of Object.entries(indexes)) {
    await db.schema.createIndex(name).on('delivery_release').columns(columns).execute()
  }
}
