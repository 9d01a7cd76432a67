import { CompiledQuery } from 'kysely'
import type { Db, Dialect } from './database.ts'

/** SQL compiled once: runs it with its parameters and gives the rows it returns. */
export type Statement<P extends readonly unknown[], R> = (
  on: { readonly db: Db; readonly dialect: Dialect },
  ...parameters: P
) => Promise<R[]>

/**
 * Makes a statement for the few places that run thousands of times a second, where building the query anew would cost
 * more than running it. `?` stands for a parameter; the text must mean the same on SQLite and PostgreSQL.
 */
export function statement<P extends readonly unknown[], R = never>(text: string): Statement<P, R> {
  const numbered = numberParameters(text)
  return async ({ db, dialect }, ...parameters) => {
    const compiled = CompiledQuery.raw(dialect === 'postgres' ? numbered : text, [...parameters])
    // The row's type is the statement's own promise, as everywhere at the store.
    return (await db.executeQuery<R>(compiled)).rows
  }
}

/** The same statement for one, two, … rows of values: each number of rows is compiled at its first use. */
export function statementOfRows<P extends readonly unknown[], R = never>(
  textOf: (rows: number) => string,
): (on: { readonly db: Db; readonly dialect: Dialect }, rows: readonly P[]) => Promise<R[]> {
  const known = new Map<number, Statement<readonly unknown[], R>>()
  return (on, rows) => {
    let made = known.get(rows.length)
    if (made === undefined) {
      made = statement<readonly unknown[], R>(textOf(rows.length))
      known.set(rows.length, made)
    }
    return made(on, ...rows.flat())
  }
}

/** `(?, ?), (?, ?)`: the values of so many rows of so many columns. */
export function rowsOfValues(rows: number, columns: number): string {
  const row = `(${Array.from({ length: columns }, () => '?').join(', ')})`
  return Array.from({ length: rows }, () => row).join(', ')
}

/** PostgreSQL numbers its parameters. */
function numberParameters(text: string): string {
  let number = 0
  return text.replaceAll('?', () => {
    number += 1
    return `$${number}`
  })
}
