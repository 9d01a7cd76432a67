import type { Kysely } from 'kysely'

/** Registered models, versions, aliases with their moves, evidence. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createModels(db)
  await createVersions(db)
  await createAliases(db)
  await createEvidence(db)
}

async function createModels(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('model_registry_model')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('spec', 'text', (c) => c.notNull())
    .addColumn('last_version', 'integer', (c) => c.notNull())
    .addColumn('created_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('updated_at_ms', 'bigint', (c) => c.notNull())
    .addUniqueConstraint('model_registry_model_name', ['workspace', 'name'])
    .execute()
}

async function createVersions(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('model_registry_version')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('model_id', 'text', (c) => c.notNull())
    .addColumn('version', 'integer', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('approval', 'text', (c) => c.notNull())
    .addColumn('run_id', 'text')
    .addColumn('logged_model_id', 'text')
    .addColumn('artifact_path', 'text', (c) => c.notNull())
    .addColumn('model_file', 'text')
    .addColumn('format', 'text', (c) => c.notNull())
    .addColumn('digest', 'text', (c) => c.notNull())
    .addColumn('size_bytes', 'bigint', (c) => c.notNull())
    .addColumn('signature', 'text')
    .addColumn('description', 'text', (c) => c.notNull())
    .addColumn('tags', 'text', (c) => c.notNull())
    .addColumn('derived_from', 'text')
    .addColumn('created_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('updated_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('created_by', 'text', (c) => c.notNull())
    .addUniqueConstraint('model_registry_version_number', ['workspace', 'model_id', 'version'])
    .execute()
  await db.schema
    .createIndex('model_registry_version_run')
    .on('model_registry_version')
    .columns(['workspace', 'run_id'])
    .execute()
}

async function createAliases(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('model_registry_alias')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('model_id', 'text', (c) => c.notNull())
    .addColumn('alias', 'text', (c) => c.notNull())
    .addColumn('version', 'integer', (c) => c.notNull())
    .addPrimaryKeyConstraint('model_registry_alias_key', ['workspace', 'model_id', 'alias'])
    .execute()
  await db.schema
    .createTable('model_registry_alias_move')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('model_id', 'text', (c) => c.notNull())
    .addColumn('alias', 'text', (c) => c.notNull())
    .addColumn('position', 'integer', (c) => c.notNull())
    .addColumn('from_version', 'integer')
    .addColumn('to_version', 'integer')
    .addColumn('from_version_id', 'text')
    .addColumn('to_version_id', 'text')
    .addColumn('at_ms', 'bigint', (c) => c.notNull())
    .addColumn('by_id', 'text', (c) => c.notNull())
    .addColumn('by_name', 'text', (c) => c.notNull())
    .addColumn('reason', 'text')
    .addPrimaryKeyConstraint('model_registry_alias_move_key', ['workspace', 'model_id', 'alias', 'position'])
    .execute()
}

async function createEvidence(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('model_registry_evidence')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('version_id', 'text', (c) => c.notNull())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('dataset_version_id', 'text')
    .addColumn('metrics', 'text', (c) => c.notNull())
    .addColumn('compared_with', 'text')
    .addColumn('verdict', 'text', (c) => c.notNull())
    .addColumn('sentence', 'text', (c) => c.notNull())
    .addColumn('run_id', 'text')
    .addColumn('created_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('created_by', 'text', (c) => c.notNull())
    .execute()
  await db.schema
    .createIndex('model_registry_evidence_version')
    .on('model_registry_evidence')
    .columns(['workspace', 'version_id', 'created_at_ms'])
    .execute()
}
