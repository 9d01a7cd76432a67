import type { CreateTableBuilder, Kysely } from 'kysely'
import { sql } from 'kysely'

type Dialect = 'sqlite' | 'postgres'

/**
 * What searches read: params and tags of each run as JSON text, indexes by value, saved views. Values are indexed by
 * their first 250 characters, so that the longest still fit PostgreSQL's index pages.
 */
export async function up(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  await createDocuments(db, dialect)
  for (const what of ['params', 'tags'] as const) await fillDocuments(db, dialect, what)
  for (const name of ['param', 'tag']) {
    if (dialect === 'sqlite') await clusterValues(db, `experiment_tracking_${name}`)
    await indexValues(db, dialect, name)
  }
  await sql`create index experiment_tracking_input_by_name on experiment_tracking_input (workspace, name)`.execute(db)
  await db.schema
    .createTable('experiment_tracking_run_view')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('spec', 'text', (c) => c.notNull())
    .addColumn('tree', 'text')
    .addColumn('changed_by', 'text', (c) => c.notNull())
    .addColumn('changed_at_ms', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('experiment_tracking_run_view_key', ['workspace', 'name'])
    .execute()
}

async function createDocuments(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const documents = db.schema
    .createTable('experiment_tracking_run_document')
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('run_id', 'text', (c) => c.notNull())
    .addColumn('params', 'text')
    .addColumn('tags', 'text')
    .addPrimaryKeyConstraint('experiment_tracking_run_document_key', ['workspace', 'run_id'])
  await clustered(documents, dialect).execute()
}

/** On SQLite the table is its own key's index: one tree to write instead of two. */
function clustered<T extends string>(table: CreateTableBuilder<T>, dialect: Dialect): CreateTableBuilder<T> {
  return dialect === 'sqlite' ? table.modifyEnd(sql`without rowid`) : table
}

async function clusterValues(db: Kysely<unknown>, name: string): Promise<void> {
  const table = db.schema
    .createTable(`${name}_clustered`)
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('run_id', 'text', (c) => c.notNull())
    .addColumn('key', 'text', (c) => c.notNull())
    .addColumn('value', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint(`${name}_key`, ['workspace', 'run_id', 'key'])
  await clustered(table, 'sqlite').execute()
  await sql`insert into ${sql.table(`${name}_clustered`)} select workspace, run_id, key, value from ${sql.table(name)}`.execute(
    db,
  )
  await db.schema.dropTable(name).execute()
  await db.schema.alterTable(`${name}_clustered`).renameTo(name).execute()
}

async function fillDocuments(db: Kysely<unknown>, dialect: Dialect, what: 'params' | 'tags'): Promise<void> {
  const table = sql.table(what === 'params' ? 'experiment_tracking_param' : 'experiment_tracking_tag')
  const member =
    dialect === 'sqlite'
      ? sql`'{"key":' || json_quote(key) || ',"value":' || json_quote(value) || '}'`
      : sql`'{"key":' || to_json(key)::text || ',"value":' || to_json(value)::text || '}'`
  const list =
    dialect === 'sqlite'
      ? sql`group_concat(${member}, ',' order by key)`
      : sql`string_agg(${member}, ',' order by key collate "C")`
  const own = sql.ref(what)
  await sql`insert into experiment_tracking_run_document (workspace, run_id, ${own})
    select workspace, run_id, ${list} from ${table} where key <> 'mlflow.runName' group by workspace, run_id
    on conflict (workspace, run_id) do update set ${own} = excluded.${own}`.execute(db)
}

async function indexValues(db: Kysely<unknown>, dialect: Dialect, name: string): Promise<void> {
  const start = dialect === 'sqlite' ? sql`substr(value, 1, 250)` : sql`(substr(value, 1, 250) collate "C")`
  await sql`create index ${sql.table(`experiment_tracking_${name}_by_value`)}
    on ${sql.table(`experiment_tracking_${name}`)} (workspace, key, ${start}, run_id)`.execute(db)
}
