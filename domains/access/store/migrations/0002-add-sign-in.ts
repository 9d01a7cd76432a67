import type { Kysely } from 'kysely'
import { sql } from 'kysely'

/** Passwords, sessions, identities of providers, groups, limits; when a token was last used; numbers for protocols that count. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await widen(db)
  await createSignIn(db)
  await createGroups(db)
  await db.schema
    .createTable('access_limit')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('user_id', 'text', (c) => c.primaryKey())
    .addColumn('requests_per_second', 'double precision')
    .addColumn('burst', 'integer')
    .addColumn('body_bytes', 'bigint')
    .execute()
}

async function widen(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('access_token').addColumn('last_used_at_ms', 'bigint').execute()
  await db.schema
    .alterTable('access_workspace')
    .addColumn('description', 'text', (c) => c.notNull().defaultTo(''))
    .execute()
  await db.schema.alterTable('access_workspace').addColumn('artifact_root', 'text').execute()
  for (const table of ['access_user', 'access_grant']) {
    await db.schema
      .alterTable(table)
      .addColumn('number', 'integer', (c) => c.notNull().defaultTo(0))
      .execute()
    const own = sql.table(table)
    await sql`update ${own} set number = (select count(*) from ${own} as earlier where earlier.id <= ${own}.id)`.execute(
      db,
    )
    await db.schema.createIndex(`${table}_number`).unique().on(table).columns(['number']).execute()
  }
  await db.schema
    .createIndex('access_grant_of_thing')
    .on('access_grant')
    .columns(['workspace', 'on_kind', 'on_id'])
    .execute()
}

async function createSignIn(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('access_password')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('user_id', 'text', (c) => c.primaryKey())
    .addColumn('hash', 'text', (c) => c.notNull())
    .addColumn('changed_at_ms', 'bigint', (c) => c.notNull())
    .execute()
  await db.schema
    .createTable('access_session')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('user_id', 'text', (c) => c.notNull())
    .addColumn('hash', 'text', (c) => c.notNull().unique())
    .addColumn('previous_hash', 'text')
    .addColumn('rotated_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('created_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('last_used_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('expires_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('method', 'text', (c) => c.notNull())
    .addColumn('client', 'text', (c) => c.notNull())
    .execute()
  await db.schema.createIndex('access_session_of_user').on('access_session').columns(['user_id']).execute()
  await db.schema.createIndex('access_session_previous').on('access_session').columns(['previous_hash']).execute()
  await db.schema.createIndex('access_session_expiry').on('access_session').columns(['expires_at_ms']).execute()
  await db.schema
    .createTable('access_identity')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('issuer', 'text', (c) => c.notNull())
    .addColumn('subject', 'text', (c) => c.notNull())
    .addColumn('user_id', 'text', (c) => c.notNull())
    .addColumn('created_at_ms', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('access_identity_key', ['issuer', 'subject'])
    .execute()
}

async function createGroups(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('access_group')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('number', 'integer', (c) => c.notNull().unique())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('description', 'text', (c) => c.notNull())
    .addColumn('created_at_ms', 'bigint', (c) => c.notNull())
    .execute()
  await db.schema.createIndex('access_group_name').unique().on('access_group').columns(['workspace', 'name']).execute()
  await db.schema
    .createTable('access_member')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('group_id', 'text', (c) => c.notNull())
    .addColumn('user_id', 'text', (c) => c.notNull())
    .addColumn('number', 'integer', (c) => c.notNull().unique())
    .addColumn('created_at_ms', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('access_member_key', ['group_id', 'user_id'])
    .execute()
  await db.schema.createIndex('access_member_of_user').on('access_member').columns(['user_id']).execute()
}
