import type { Kysely } from 'kysely'

/** Monitors, windows, rules with their verdicts, alerts, incidents. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createMonitors(db)
  await createRules(db)
  await createAlerts(db)
}

async function createMonitors(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('monitoring_monitor')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('id', 'text', (c) => c.notNull().unique())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('endpoint', 'text', (c) => c.notNull())
    .addColumn('spec', 'text', (c) => c.notNull())
    .addColumn('reference', 'text', (c) => c.notNull())
    .addColumn('created_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('updated_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('recorded_at_ms', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('monitoring_monitor_key', ['workspace', 'name'])
    .execute()
  await db.schema
    .createTable('monitoring_window')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('monitor', 'text', (c) => c.notNull())
    .addColumn('from_ms', 'bigint', (c) => c.notNull())
    .addColumn('to_ms', 'bigint', (c) => c.notNull())
    .addColumn('rows', 'bigint', (c) => c.notNull())
    .addColumn('labelled', 'bigint', (c) => c.notNull())
    .addColumn('revision', 'integer', (c) => c.notNull())
    .addColumn('digest', 'text', (c) => c.notNull())
    .addColumn('sources', 'text', (c) => c.notNull())
    .addColumn('figures', 'text', (c) => c.notNull())
    .addColumn('histograms', 'text', (c) => c.notNull())
    .addColumn('closed_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('measured_at_ms', 'bigint', (c) => c.notNull())
    .addUniqueConstraint('monitoring_window_span', ['workspace', 'monitor', 'from_ms', 'to_ms'])
    .execute()
}

async function createRules(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('monitoring_rule')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('id', 'text', (c) => c.notNull().unique())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('monitor', 'text', (c) => c.notNull())
    .addColumn('spec', 'text', (c) => c.notNull())
    .addColumn('silenced_until_ms', 'bigint')
    .addColumn('settled_until_ms', 'bigint')
    .addColumn('created_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('updated_at_ms', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('monitoring_rule_key', ['workspace', 'name'])
    .execute()
  await db.schema
    .createIndex('monitoring_rule_monitor')
    .on('monitoring_rule')
    .columns(['workspace', 'monitor'])
    .execute()
  await db.schema
    .createTable('monitoring_verdict')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('rule', 'text', (c) => c.notNull())
    .addColumn('window_id', 'text', (c) => c.notNull())
    .addColumn('from_ms', 'bigint', (c) => c.notNull())
    .addColumn('verdict', 'text', (c) => c.notNull())
    .addColumn('body', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('monitoring_verdict_key', ['workspace', 'rule', 'window_id'])
    .execute()
  await db.schema
    .createIndex('monitoring_verdict_time')
    .on('monitoring_verdict')
    .columns(['workspace', 'rule', 'from_ms'])
    .execute()
}

async function createAlerts(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('monitoring_alert')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('rule', 'text', (c) => c.notNull())
    .addColumn('monitor', 'text', (c) => c.notNull())
    .addColumn('class', 'text', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('started_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('body', 'text', (c) => c.notNull())
    .execute()
  await db.schema
    .createIndex('monitoring_alert_rule')
    .on('monitoring_alert')
    .columns(['workspace', 'rule', 'state'])
    .execute()
  await db.schema
    .createIndex('monitoring_alert_monitor')
    .on('monitoring_alert')
    .columns(['workspace', 'monitor', 'state'])
    .execute()
  await db.schema
    .createTable('monitoring_incident')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('monitor', 'text', (c) => c.notNull())
    .addColumn('endpoint', 'text', (c) => c.notNull())
    .addColumn('class', 'text', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('opened_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('body', 'text', (c) => c.notNull())
    .execute()
  await db.schema
    .createIndex('monitoring_incident_monitor')
    .on('monitoring_incident')
    .columns(['workspace', 'monitor', 'class', 'state'])
    .execute()
}
