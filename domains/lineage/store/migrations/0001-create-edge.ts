import type { Kysely } from 'kysely'

/** Edges, found from both ends. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('lineage_edge')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('downstream_kind', 'text', (c) => c.notNull())
    .addColumn('downstream_id', 'text', (c) => c.notNull())
    .addColumn('upstream_kind', 'text', (c) => c.notNull())
    .addColumn('upstream_id', 'text', (c) => c.notNull())
    .addColumn('type', 'text', (c) => c.notNull())
    .addColumn('context', 'text', (c) => c.notNull())
    .addColumn('at_ms', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('lineage_edge_key', [
      'workspace',
      'downstream_kind',
      'downstream_id',
      'upstream_kind',
      'upstream_id',
      'type',
      'context',
    ])
    .execute()
  await db.schema
    .createIndex('lineage_edge_upstream')
    .on('lineage_edge')
    .columns(['workspace', 'upstream_kind', 'upstream_id'])
    .execute()
}
