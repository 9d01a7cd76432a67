import type { Kysely } from 'kysely'

/** Policies, gates, overrides, approvals, frozen cards and the labels of their figures. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createPolicy(db)
  await createGate(db)
  await createApproval(db)
  await createCard(db)
}

async function createPolicy(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('governance_policy')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('spec', 'text', (c) => c.notNull())
    .addColumn('created_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('updated_at_ms', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('governance_policy_key', ['workspace', 'name'])
    .execute()
}

async function createGate(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('governance_gate')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('version_id', 'text', (c) => c.notNull())
    .addColumn('number', 'integer', (c) => c.notNull())
    .addColumn('policy', 'text', (c) => c.notNull())
    .addColumn('verdict', 'text', (c) => c.notNull())
    .addColumn('body', 'text', (c) => c.notNull())
    .addColumn('evaluated_at_ms', 'bigint', (c) => c.notNull())
    .addUniqueConstraint('governance_gate_number', ['workspace', 'version_id', 'number'])
    .execute()
  await db.schema
    .createTable('governance_override')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('version_id', 'text', (c) => c.notNull())
    .addColumn('check_name', 'text', (c) => c.notNull())
    .addColumn('reason', 'text', (c) => c.notNull())
    .addColumn('by_name', 'text', (c) => c.notNull())
    .addColumn('at_ms', 'bigint', (c) => c.notNull())
    .addUniqueConstraint('governance_override_check', ['workspace', 'version_id', 'check_name'])
    .execute()
}

async function createApproval(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('governance_approval')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('version_id', 'text', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('body', 'text', (c) => c.notNull())
    .addColumn('requested_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('expires_at_ms', 'bigint')
    .execute()
  await db.schema
    .createIndex('governance_approval_version')
    .on('governance_approval')
    .columns(['workspace', 'version_id'])
    .execute()
  await db.schema
    .createIndex('governance_approval_list')
    .on('governance_approval')
    .columns(['workspace', 'requested_at_ms', 'id'])
    .execute()
  await db.schema
    .createIndex('governance_approval_due')
    .on('governance_approval')
    .columns(['state', 'expires_at_ms'])
    .execute()
}

async function createCard(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('governance_card')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('version_id', 'text', (c) => c.notNull())
    .addColumn('approval_id', 'text', (c) => c.notNull())
    .addColumn('digest', 'text', (c) => c.notNull())
    .addColumn('body', 'text', (c) => c.notNull())
    .addColumn('at_ms', 'bigint', (c) => c.notNull())
    .execute()
  await db.schema
    .createIndex('governance_card_version')
    .on('governance_card')
    .columns(['workspace', 'version_id'])
    .execute()
  await db.schema
    .createTable('governance_figure')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('version_id', 'text', (c) => c.notNull())
    .addColumn('label', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('governance_figure_key', ['workspace', 'version_id', 'label'])
    .execute()
}
