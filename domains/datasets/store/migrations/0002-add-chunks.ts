import type { Kysely } from 'kysely'

/** Versions in chunks and in place, with several tables; what is known of chunks and packs. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const version = db.schema.alterTable('datasets_version')
  await version.addColumn('message', 'text', (c) => c.notNull().defaultTo('')).execute()
  await version.addColumn('storage', 'text', (c) => c.notNull().defaultTo('whole')).execute()
  await version.addColumn('file_count', 'integer').execute()
  await version.addColumn('manifest', 'text').execute()
  await version.addColumn('tables', 'text').execute()
  await version.addColumn('table_profiles', 'text').execute()
  await version.addColumn('source', 'text').execute()
  await version.addColumn('sealed_source', 'text').execute()
  await db.schema
    .createIndex('datasets_version_content')
    .on('datasets_version')
    .columns(['workspace', 'digest'])
    .execute()
  await db.schema
    .createTable('datasets_pack')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('id', 'text', (c) => c.notNull())
    .addColumn('size_bytes', 'bigint', (c) => c.notNull())
    .addColumn('created_at_ms', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('datasets_pack_key', ['workspace', 'id'])
    .execute()
  await db.schema
    .createTable('datasets_chunk')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('digest', 'text', (c) => c.notNull())
    .addColumn('pack', 'text', (c) => c.notNull())
    .addColumn('at_bytes', 'bigint', (c) => c.notNull())
    .addColumn('frame_bytes', 'integer', (c) => c.notNull())
    .addColumn('size_bytes', 'integer', (c) => c.notNull())
    .addColumn('touched_at_ms', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('datasets_chunk_key', ['workspace', 'digest'])
    .execute()
  await db.schema.createIndex('datasets_chunk_pack').on('datasets_chunk').columns(['workspace', 'pack']).execute()
  await db.schema
    .createTable('datasets_content')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('digest', 'text', (c) => c.notNull())
    .addColumn('recipe', 'text', (c) => c.notNull())
    .addColumn('verified_at_ms', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('datasets_content_key', ['workspace', 'digest', 'recipe'])
    .execute()
}
