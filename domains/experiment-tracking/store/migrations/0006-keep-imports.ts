import type { Kysely } from 'kysely'

/** What was taken from other systems: which thing of theirs is which of ours, and how it stood when it was taken. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('experiment_tracking_import')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('source', 'text', (c) => c.notNull())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('source_id', 'text', (c) => c.notNull())
    .addColumn('own_id', 'text', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('at_ms', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('experiment_tracking_import_key', ['workspace', 'source', 'kind', 'source_id'])
    .execute()
}
