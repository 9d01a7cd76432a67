import { existsSync, mkdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import type { DataFormat, InputFile } from '../model/batch-plan.ts'
import { batchProblem } from '../model/batch-problems.ts'
import { sqlText } from './open-duck.ts'
import { settleFile } from './write-whole.ts'

/**
 * The Parquet file of an input. Text formats are brought into it once, streaming, so that parts of them can be read
 * apart and again; rows keep their order. Throws `batch-prediction/unreadable-input`.
 */
export async function stageInput(
  db: DuckDBConnection,
  input: InputFile,
  place: { readonly format: DataFormat; readonly folder: string; readonly number: number },
): Promise<string> {
  if (place.format === 'parquet') return input.path
  mkdirSync(place.folder, { recursive: true })
  const path = join(place.folder, `${String(place.number).padStart(5, '0')}-${basename(input.path)}.parquet`)
  if (existsSync(path)) return path
  const temporary = `${path}.tmp`
  try {
    await db.run(`copy (select * from ${readerOf(place.format, input.path)}) to ${sqlText(temporary)}
      (format parquet, compression snappy, row_group_size 245760)`)
  } catch (error) {
    throw batchProblem['unreadable-input']({ path: input.path, reason: sentenceOf(error) }, error)
  }
  settleFile(temporary, path)
  return path
}

function readerOf(format: DataFormat, path: string): string {
  if (format === 'jsonl') return `read_json(${sqlText(path)}, format = 'newline_delimited', sample_size = 200000)`
  return `read_csv(${sqlText(path)}, sample_size = 200000)`
}

/** The first sentences of the engine's message, without its hints on its own settings. */
export function sentenceOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text
    .replace(/\n\s*(Possible fixes|LINE \d+).*/s, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, 400)
}
