import type { Kysely } from 'kysely'

/** Comments, what accounts are told inside the product and which of it they want, and saved views of pages. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('collaboration_comment')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('on_kind', 'text', (c) => c.notNull())
    .addColumn('on_id', 'text', (c) => c.notNull())
    .addColumn('text', 'text', (c) => c.notNull())
    .addColumn('mentions', 'text', (c) => c.notNull())
    .addColumn('in_reply_to', 'text')
    .addColumn('created_by', 'text', (c) => c.notNull())
    .addColumn('created_by_name', 'text', (c) => c.notNull())
    .addColumn('created_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('edited_at_ms', 'bigint')
    .execute()
  await db.schema
    .createIndex('collaboration_comment_on')
    .on('collaboration_comment')
    .columns(['workspace', 'on_kind', 'on_id', 'created_at_ms', 'id'])
    .execute()
  await createNotices(db)
  await db.schema
    .createTable('collaboration_view')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('page', 'text', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('search', 'text', (c) => c.notNull())
    .addColumn('created_by', 'text', (c) => c.notNull())
    .addColumn('created_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('updated_at_ms', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('collaboration_view_key', ['workspace', 'page', 'name'])
    .execute()
}

async function createNotices(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('collaboration_notice')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('for_user', 'text', (c) => c.notNull())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('about_kind', 'text', (c) => c.notNull())
    .addColumn('about_id', 'text', (c) => c.notNull())
    .addColumn('sentence', 'text', (c) => c.notNull())
    .addColumn('event_key', 'text', (c) => c.notNull())
    .addColumn('created_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('read_at_ms', 'bigint')
    .addUniqueConstraint('collaboration_notice_once', ['workspace', 'for_user', 'event_key'])
    .execute()
  await db.schema
    .createIndex('collaboration_notice_newest')
    .on('collaboration_notice')
    .columns(['workspace', 'for_user', 'created_at_ms', 'id'])
    .execute()
  await db.schema
    .createTable('collaboration_wish')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('user_id', 'text', (c) => c.notNull())
    .addColumn('wants', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('collaboration_wish_key', ['workspace', 'user_id'])
    .execute()
}
