import type { Kysely } from 'kysely'
import { sql } from 'kysely'

/**
 * How long experiments keep what was deleted, whose bytes wait to be freed, the numbers that were given out once, quotas,
 * and points counted by day.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('experiment_tracking_experiment').addColumn('retention', 'text').execute()
  await db.schema
    .createIndex('experiment_tracking_run_deleted')
    .on('experiment_tracking_run')
    .columns(['workspace', 'deleted_at_ms', 'id'])
    .where(sql.ref('deleted_at_ms'), 'is not', null)
    .execute()
  await db.schema
    .createIndex('experiment_tracking_run_by_parent')
    .on('experiment_tracking_run')
    .columns(['workspace', 'parent_run_id'])
    .where(sql.ref('parent_run_id'), 'is not', null)
    .execute()
  await db.schema
    .createTable('experiment_tracking_purge')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('owner_kind', 'text', (c) => c.notNull())
    .addColumn('owner_id', 'text', (c) => c.notNull())
    .addColumn('root', 'text', (c) => c.notNull())
    .addColumn('bytes', 'bigint', (c) => c.notNull())
    .addColumn('at_ms', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('experiment_tracking_purge_key', ['workspace', 'owner_kind', 'owner_id'])
    .execute()
  await db.schema
    .createTable('experiment_tracking_retired_number')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('number', 'bigint', (c) => c.primaryKey())
    .execute()
  await db.schema
    .createTable('experiment_tracking_quota')
    .addColumn('workspace', 'text', (c) => c.primaryKey())
    .addColumn('spec', 'text', (c) => c.notNull())
    .execute()
  await db.schema
    .createTable('experiment_tracking_points_day')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('day', 'bigint', (c) => c.notNull())
    .addColumn('points', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('experiment_tracking_points_day_key', ['workspace', 'day'])
    .execute()
}
