import type { Kysely } from 'kysely'
import { sql } from 'kysely'

/** The tables of actions, events, chores, holds and idempotency keys. */
export async function up(db: Kysely<unknown>, dialect: 'sqlite' | 'postgres'): Promise<void> {
  const countingKey = dialect === 'postgres' ? sql`bigserial` : sql`integer`
  await db.schema
    .createTable('kernel_event')
    .addColumn('position', countingKey, (c) => (dialect === 'sqlite' ? c.primaryKey().autoIncrement() : c.primaryKey()))
    .addColumn('id', 'text', (c) => c.notNull().unique())
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('subject', 'text', (c) => c.notNull())
    .addColumn('payload', 'text', (c) => c.notNull())
    .addColumn('at_ms', 'bigint', (c) => c.notNull())
    .execute()
  await db.schema
    .createTable('kernel_delivery')
    .addColumn('event_id', 'text', (c) => c.notNull())
    .addColumn('position', 'bigint', (c) => c.notNull())
    .addColumn('subscriber', 'text', (c) => c.notNull())
    .addColumn('subject', 'text', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('attempts', 'integer', (c) => c.notNull())
    .addColumn('next_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('lease_until_ms', 'bigint', (c) => c.notNull())
    .addColumn('error', 'text')
    .addPrimaryKeyConstraint('kernel_delivery_key', ['subscriber', 'event_id'])
    .execute()
  await db.schema
    .createIndex('kernel_delivery_order')
    .on('kernel_delivery')
    .columns(['subscriber', 'subject', 'position'])
    .execute()
  await db.schema.createIndex('kernel_delivery_due').on('kernel_delivery').columns(['state', 'position']).execute()
  await db.schema
    .createTable('kernel_idempotency')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('principal', 'text', (c) => c.notNull())
    .addColumn('route', 'text', (c) => c.notNull())
    .addColumn('key', 'text', (c) => c.notNull())
    .addColumn('body_digest', 'text', (c) => c.notNull())
    .addColumn('answer', 'text', (c) => c.notNull())
    .addColumn('at_ms', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('kernel_idempotency_key', ['workspace', 'principal', 'route', 'key'])
    .execute()
  await db.schema
    .createTable('kernel_hold')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('id', 'text', (c) => c.notNull())
    .addColumn('holder_kind', 'text', (c) => c.notNull())
    .addColumn('holder_id', 'text', (c) => c.notNull())
    .addColumn('reason', 'text', (c) => c.notNull())
    .addColumn('at_ms', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('kernel_hold_key', ['workspace', 'kind', 'id', 'holder_kind', 'holder_id'])
    .execute()
  await createCounters(db)
}

async function createCounters(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('kernel_ingest_count')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('source_kind', 'text', (c) => c.notNull())
    .addColumn('source_id', 'text', (c) => c.notNull())
    .addColumn('action', 'text', (c) => c.notNull())
    .addColumn('actor_id', 'text', (c) => c.notNull())
    .addColumn('minute', 'bigint', (c) => c.notNull())
    .addColumn('rows', 'bigint', (c) => c.notNull())
    .addColumn('requests', 'bigint', (c) => c.notNull())
    .addColumn('digest', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('kernel_ingest_count_key', [
      'workspace',
      'source_kind',
      'source_id',
      'action',
      'actor_id',
      'minute',
    ])
    .execute()
  await db.schema
    .createTable('kernel_chore')
    .addColumn('name', 'text', (c) => c.primaryKey())
    .addColumn('holder', 'text', (c) => c.notNull())
    .addColumn('lease_until_ms', 'bigint', (c) => c.notNull())
    .addColumn('last_run_at_ms', 'bigint', (c) => c.notNull())
    .execute()
}
