import type { DuckDBConnection } from '@duckdb/node-api'
import { DuckDBInstance } from '@duckdb/node-api'
import type { Cell, Row } from './analytics.ts'

/** The analytics child: answers statements over its channel, ends when the channel closes. */
interface Question {
  readonly id: number
  readonly sql: string
  readonly parameters: readonly (string | number | boolean | null)[]
}

interface Settings {
  readonly folders: readonly string[]
  readonly memoryLimitMb: number
  readonly threads: number
}

const connection = open(JSON.parse(process.env['MILLRACE_ANALYTICS'] ?? '{}') as Settings)

process.on('message', (message) => void answer(message as Question)) // the parent sends nothing else
process.on('disconnect', () => process.exit(0))
process.on('SIGINT', () => {}) // the parent drains first

async function open(settings: Settings): Promise<DuckDBConnection> {
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: `${settings.memoryLimitMb}MB`,
    threads: String(settings.threads),
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    preserve_insertion_order: 'true',
  })
  const db = await instance.connect()
  await db.run("set TimeZone = 'UTC'")
  const folders = settings.folders.map((folder) => `'${folder.replaceAll("'", "''")}'`).join(', ')
  await db.run(`set allowed_directories = [${folders}]`)
  await db.run('set enable_external_access = false')
  await db.run('set lock_configuration = true')
  return db
}

async function answer(question: Question): Promise<void> {
  try {
    const db = await connection
    const reader = await db.runAndReadAll(question.sql, [...question.parameters])
    process.send?.({ id: question.id, rows: reader.getRowObjectsJS().map(toRow) })
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error)
    process.send?.({ id: question.id, error: firstSentence(text), isDataError: isDataError(text) })
  }
}

/** Faults of the file or of what it holds, against faults of our own statements. */
function isDataError(text: string): boolean {
  return /^(Invalid Input|IO|Conversion|Out of Range|Invalid|Serialization|Permission) Error/.test(text)
}

function firstSentence(text: string): string {
  return (text.split('\n')[0] ?? '').replace(/^(\w+ )+Error: /, '').slice(0, 500)
}

function toRow(row: Record<string, unknown>): Row {
  return Object.fromEntries(Object.entries(row).map(([key, value]) => [key, toCell(value)]))
}

function toCell(value: unknown): Cell {
  if (value === null || typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string')
    return value
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString()
  if (value instanceof Date) return value.getTime()
  if (value instanceof Uint8Array) return value
  if (Array.isArray(value)) return value.map(toCell)
  return toObjectCell(value)
}

function toObjectCell(value: unknown): Cell {
  if (typeof value !== 'object' || value === null) return null
  const plain = Object.getPrototypeOf(value) === Object.prototype
  // DuckDB's own value classes (decimals, intervals, times) have a text form each.
  return plain ? toRow(value as Record<string, unknown>) : textOf(value)
}

/** DuckDB's value classes, each with a text form of its own. */
interface HasText {
  toString(): string
}

function textOf(value: HasText): string {
  return value.toString()
}
