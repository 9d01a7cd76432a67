import type { Kysely } from 'kysely'

/** Uploads of artifacts that go on after a break, with the parts that the store has of each. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('experiment_tracking_upload')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('id', 'text', (c) => c.notNull())
    .addColumn('owner_kind', 'text', (c) => c.notNull())
    .addColumn('owner_id', 'text', (c) => c.notNull())
    .addColumn('path', 'text', (c) => c.notNull())
    .addColumn('size_bytes', 'bigint', (c) => c.notNull())
    .addColumn('digest', 'text', (c) => c.notNull())
    .addColumn('part_bytes', 'bigint', (c) => c.notNull())
    .addColumn('offset_bytes', 'bigint', (c) => c.notNull())
    .addColumn('root', 'text', (c) => c.notNull())
    .addColumn('handle', 'text', (c) => c.notNull())
    .addColumn('is_direct', 'integer', (c) => c.notNull())
    .addColumn('is_ended', 'integer', (c) => c.notNull())
    .addColumn('expires_at_ms', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('experiment_tracking_upload_key', ['workspace', 'id'])
    .execute()
  await db.schema
    .createIndex('experiment_tracking_upload_of_file')
    .on('experiment_tracking_upload')
    .columns(['workspace', 'owner_kind', 'owner_id', 'path', 'size_bytes', 'digest', 'is_direct'])
    .unique()
    .execute()
  await db.schema
    .createIndex('experiment_tracking_upload_expiry')
    .on('experiment_tracking_upload')
    .columns(['expires_at_ms'])
    .execute()
  await db.schema
    .createTable('experiment_tracking_upload_part')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('upload_id', 'text', (c) => c.notNull())
    .addColumn('number', 'integer', (c) => c.notNull())
    .addColumn('etag', 'text', (c) => c.notNull())
    .addColumn('digest', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('experiment_tracking_upload_part_key', ['workspace', 'upload_id', 'number'])
    .execute()
}
