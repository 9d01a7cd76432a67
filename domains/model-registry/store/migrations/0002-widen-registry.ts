import type { Kysely } from 'kysely'
import { sql } from 'kysely'

/** Prompts, owners, stages, sources elsewhere, tags that can be searched, and one history of a model. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await widenTables(db)
  await createTags(db)
  await createChanges(db)
  await sayWhereVersionsCameFrom(db)
  await fillTags(db)
  await fillChanges(db)
}

async function widenTables(db: Kysely<unknown>): Promise<void> {
  const model = () => db.schema.alterTable('model_registry_model')
  await model()
    .addColumn('kind', 'text', (c) => c.notNull().defaultTo('model'))
    .execute()
  await model()
    .addColumn('created_by', 'text', (c) => c.notNull().defaultTo(''))
    .execute()
  const version = () => db.schema.alterTable('model_registry_version')
  await version()
    .addColumn('stage', 'text', (c) => c.notNull().defaultTo('None'))
    .execute()
  await version()
    .addColumn('source', 'text', (c) => c.notNull().defaultTo(''))
    .execute()
  await version().addColumn('storage_uri', 'text').execute()
  await version()
    .addColumn('run_link', 'text', (c) => c.notNull().defaultTo(''))
    .execute()
  await db.schema.alterTable('model_registry_evidence').addColumn('details', 'text').execute()
  await db.schema
    .createIndex('model_registry_version_stage')
    .on('model_registry_version')
    .columns(['workspace', 'model_id', 'stage', 'version'])
    .execute()
  await db.schema
    .createIndex('model_registry_version_updated')
    .on('model_registry_version')
    .columns(['workspace', 'updated_at_ms'])
    .execute()
}

async function createTags(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('model_registry_model_tag')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('model_id', 'text', (c) => c.notNull())
    .addColumn('key', 'text', (c) => c.notNull())
    .addColumn('value', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('model_registry_model_tag_key', ['workspace', 'model_id', 'key'])
    .execute()
  await db.schema
    .createTable('model_registry_version_tag')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('version_id', 'text', (c) => c.notNull())
    .addColumn('key', 'text', (c) => c.notNull())
    .addColumn('value', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('model_registry_version_tag_key', ['workspace', 'version_id', 'key'])
    .execute()
}

async function createChanges(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('model_registry_change')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('model_id', 'text', (c) => c.notNull())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('version', 'integer')
    .addColumn('subject', 'text', (c) => c.notNull())
    .addColumn('from_value', 'text')
    .addColumn('to_value', 'text')
    .addColumn('at_ms', 'bigint', (c) => c.notNull())
    .addColumn('by_id', 'text', (c) => c.notNull())
    .addColumn('by_name', 'text', (c) => c.notNull())
    .addColumn('reason', 'text')
    .execute()
  await db.schema
    .createIndex('model_registry_change_model')
    .on('model_registry_change')
    .columns(['workspace', 'model_id', 'at_ms', 'id'])
    .execute()
}

async function sayWhereVersionsCameFrom(db: Kysely<unknown>): Promise<void> {
  await sql`
    update model_registry_version set source =
      case when logged_model_id is not null then 'models:/' || logged_model_id else 'runs:/' || coalesce(run_id, '') end
      || case when artifact_path = '' then '' else '/' || artifact_path end
  `.execute(db)
}

async function fillTags(db: Kysely<unknown>): Promise<void> {
  const models = await sql<{ workspace: string; id: string; spec: string }>`
    select workspace, id, spec from model_registry_model
  `.execute(db)
  for (const { workspace, id, spec } of models.rows) {
    const { tags = {} } = JSON.parse(spec) as { tags?: Record<string, string> } // written by the registry
    for (const [key, value] of Object.entries(tags)) {
      await sql`
        insert into model_registry_model_tag (workspace, model_id, key, value) values (${workspace}, ${id}, ${key}, ${value})
      `.execute(db)
    }
    if (tags['mlflow.prompt.is_prompt'] === 'true')
      await sql`update model_registry_model set kind = 'prompt' where id = ${id}`.execute(db)
  }
  const versions = await sql<{ workspace: string; id: string; tags: string }>`
    select workspace, id, tags from model_registry_version where tags <> '{}'
  `.execute(db)
  for (const { workspace, id, tags } of versions.rows) {
    for (const [key, value] of Object.entries(JSON.parse(tags) as Record<string, string>)) {
      await sql`
        insert into model_registry_version_tag (workspace, version_id, key, value)
        values (${workspace}, ${id}, ${key}, ${value})
      `.execute(db)
    }
  }
}

/** What is known of before: registrations, and the moves of aliases. */
async function fillChanges(db: Kysely<unknown>): Promise<void> {
  await sql`
    insert into model_registry_change
      (workspace, id, model_id, kind, version, subject, from_value, to_value, at_ms, by_id, by_name, reason)
    select workspace, 'chg_' || id, model_id, 'registered', version, '', null, cast(version as text), created_at_ms,
      created_by, created_by, null
    from model_registry_version
  `.execute(db)
  await sql`
    insert into model_registry_change
      (workspace, id, model_id, kind, version, subject, from_value, to_value, at_ms, by_id, by_name, reason)
    select workspace, 'chg_' || model_id || '.' || alias || '.' || position, model_id, 'alias', to_version, alias,
      cast(from_version as text), cast(to_version as text), at_ms, by_id, by_name, reason
    from model_registry_alias_move
  `.execute(db)
}
