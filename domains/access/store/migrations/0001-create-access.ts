import type { Kysely } from 'kysely'
import { sql } from 'kysely'

/** Workspaces (with `default`), accounts, tokens, roles and grants. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('access_workspace')
    .addColumn('workspace', 'text', (c) => c.primaryKey())
    .addColumn('created_at_ms', 'bigint', (c) => c.notNull())
    .execute()
  await sql`insert into access_workspace (workspace, created_at_ms) values ('default', 0)`.execute(db)
  await createAccounts(db)
  await db.schema
    .createTable('access_role')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('description', 'text', (c) => c.notNull())
    .addColumn('permissions', 'text', (c) => c.notNull())
    .addColumn('updated_at_ms', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('access_role_key', ['workspace', 'name'])
    .execute()
  await db.schema
    .createTable('access_grant')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('user_id', 'text', (c) => c.notNull())
    .addColumn('role', 'text', (c) => c.notNull())
    .addColumn('on_kind', 'text', (c) => c.notNull())
    .addColumn('on_id', 'text', (c) => c.notNull())
    .addColumn('effect', 'text', (c) => c.notNull())
    .addColumn('created_at_ms', 'bigint', (c) => c.notNull())
    .execute()
  await db.schema
    .createIndex('access_grant_of_user')
    .unique()
    .on('access_grant')
    .columns(['user_id', 'workspace', 'role', 'on_kind', 'on_id'])
    .execute()
}

async function createAccounts(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('access_user')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('created_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('disabled_at_ms', 'bigint')
    .execute()
  await db.schema.createIndex('access_user_name').unique().on('access_user').columns(['workspace', 'name']).execute()
  await db.schema
    .createTable('access_token')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('user_id', 'text', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('hash', 'text', (c) => c.notNull().unique())
    .addColumn('scopes', 'text')
    .addColumn('created_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('expires_at_ms', 'bigint')
    .addColumn('revoked_at_ms', 'bigint')
    .execute()
  await db.schema.createIndex('access_token_of_user').on('access_token').columns(['user_id']).execute()
  await db.schema.createIndex('access_token_expiry').on('access_token').columns(['expires_at_ms']).execute()
}
