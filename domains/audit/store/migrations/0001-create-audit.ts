import type { Kysely } from 'kysely'
import { sql } from 'kysely'

/** Audit records and, beside them, the states before and after. */
export async function up(db: Kysely<unknown>, dialect: 'sqlite' | 'postgres'): Promise<void> {
  const countingKey = dialect === 'postgres' ? sql`bigserial` : sql`integer`
  await db.schema
    .createTable('audit_record')
    .addColumn('position', countingKey, (c) => (dialect === 'sqlite' ? c.primaryKey().autoIncrement() : c.primaryKey()))
    .addColumn('id', 'text', (c) => c.notNull().unique())
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('at_ms', 'bigint', (c) => c.notNull())
    .addColumn('actor_id', 'text', (c) => c.notNull())
    .addColumn('actor_kind', 'text', (c) => c.notNull())
    .addColumn('actor_name', 'text', (c) => c.notNull())
    .addColumn('action', 'text', (c) => c.notNull())
    .addColumn('object_kind', 'text', (c) => c.notNull())
    .addColumn('object_id', 'text', (c) => c.notNull())
    .addColumn('reason', 'text')
    .addColumn('request_id', 'text', (c) => c.notNull())
    .addColumn('before_digest', 'text')
    .addColumn('after_digest', 'text')
    .addColumn('digest', 'text', (c) => c.notNull())
    .addColumn('sequence', 'bigint')
    .addColumn('chain_hash', 'text')
    .execute()
  await createIndexes(db)
  await db.schema
    .createTable('audit_payload')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('record_id', 'text', (c) => c.primaryKey())
    .addColumn('salt', 'text', (c) => c.notNull())
    .addColumn('before', 'text')
    .addColumn('after', 'text')
    .execute()
}

async function createIndexes(db: Kysely<unknown>): Promise<void> {
  const index = (name: string, columns: string[]) =>
    db.schema.createIndex(name).on('audit_record').columns(columns).execute()
  await index('audit_record_time', ['workspace', 'at_ms', 'position'])
  await index('audit_record_object', ['workspace', 'object_id', 'at_ms', 'position'])
  await index('audit_record_actor', ['workspace', 'actor_id', 'at_ms', 'position'])
  await db.schema
    .createIndex('audit_record_chain')
    .unique()
    .on('audit_record')
    .columns(['workspace', 'sequence'])
    .where(sql.ref('sequence'), 'is not', null)
    .execute()
  await db.schema
    .createIndex('audit_record_unsealed')
    .on('audit_record')
    .columns(['workspace', 'position'])
    .where(sql.ref('sequence'), 'is', null)
    .execute()
}
