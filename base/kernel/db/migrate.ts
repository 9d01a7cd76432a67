import { tables } from './database.ts'
import { problems } from '@millrace/contract'
import type { Database, Db, Dialect } from './database.ts'

/** One step of a domain's tables. Forward only; it imports nothing but `kysely`, and never changes once landed. */
export interface Migration {
  up(db: Db, dialect: Dialect): Promise<void>
}

/** A domain's migrations under their numbered names: `{ '0001-create-run': … }`. */
export interface MigrationSet {
  readonly domain: string
  readonly migrations: Readonly<Record<string, Migration>>
}

export const migrationProblem = problems('migrations', {
  newer: {
    status: 500,
    say: (p: { found: string; known: string }) =>
      `This store was written by a newer Millrace: it has migration ${p.found}, and this version knows up to ${p.known}. Start it with that newer version, or restore the copy made before the upgrade.`,
  },
})

interface MigrationTable {
  [table: string]: { name: string; applied_at_ms: number }
}

/** Names the table that remembers a domain's migrations. */
export function migrationTable(domain: string): string {
  return `${domain.replaceAll('-', '_')}_migration`
}

/**
 * Brings all domains, in the order given, to their newest migration in one transaction; nothing changes on a failure.
 * Throws `migrations/newer` when the store knows a migration that this version does not.
 * @returns the names applied now, `domain/name`
 */
export async function migrate(database: Database, sets: readonly MigrationSet[], nowMs: number): Promise<string[]> {
  return database.exclusively(async (tx) => {
    const applied: string[] = []
    for (const set of sets) applied.push(...(await migrateOne(tx, database.dialect, set, nowMs)))
    return applied
  })
}

/** Names the migrations that `migrate` would apply, so that a copy can be made first. */
export async function pendingMigrations(database: Database, sets: readonly MigrationSet[]): Promise<string[]> {
  const pending: string[] = []
  for (const set of sets) {
    const applied = await appliedNames(database.reader, set).catch(() => [])
    pending.push(...missing(set, applied).map((name) => `${set.domain}/${name}`))
  }
  return pending
}

async function migrateOne(tx: Db, dialect: Dialect, set: MigrationSet, nowMs: number): Promise<string[]> {
  const table = migrationTable(set.domain)
  await tx.schema
    .createTable(table)
    .ifNotExists()
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('applied_at_ms', 'bigint', (column) => column.notNull())
    .execute()
  const applied = await appliedNames(tx, set)
  const names = missing(set, applied)
  for (const name of names) {
    await set.migrations[name]?.up(tx, dialect)
    await tables<MigrationTable>(tx).insertInto(table).values({ name, applied_at_ms: nowMs }).execute()
  }
  return names.map((name) => `${set.domain}/${name}`)
}

async function appliedNames(db: Db, set: MigrationSet): Promise<string[]> {
  const rows = await tables<MigrationTable>(db).selectFrom(migrationTable(set.domain)).select('name').execute()
  return rows.map((row) => row.name)
}

function missing(set: MigrationSet, applied: readonly string[]): string[] {
  const known = Object.keys(set.migrations).toSorted((a, b) => (a < b ? -1 : 1))
  const unknown = applied.filter((name) => !known.includes(name)).toSorted((a, b) => (a < b ? -1 : 1))
  const newest = unknown.at(-1)
  if (newest !== undefined) {
    throw migrationProblem.newer({ found: `${set.domain}/${newest}`, known: `${set.domain}/${known.at(-1) ?? 'none'}` })
  }
  return known.filter((name) => !applied.includes(name))
}
