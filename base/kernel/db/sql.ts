import type { RawBuilder } from 'kysely'
import { sql } from 'kysely'
import type { Dialect } from './database.ts'

/** The column type for bytes: `blob` on SQLite, `bytea` on PostgreSQL. */
export function bytesType(dialect: Dialect): RawBuilder<unknown> {
  return dialect === 'postgres' ? sql`bytea` : sql`blob`
}

/** The type of a primary key that counts up by itself. */
export function countingKeyType(dialect: Dialect): RawBuilder<unknown> {
  return dialect === 'postgres' ? sql`bigserial primary key` : sql`integer primary key autoincrement`
}
