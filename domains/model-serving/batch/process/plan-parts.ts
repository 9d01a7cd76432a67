import type { DuckDBConnection } from '@duckdb/node-api'
import type { InputFile, Part } from '../model/batch-plan.ts'
import { batchProblem } from '../model/batch-problems.ts'
import type { DataColumn } from '../model/match-columns.ts'
import { columnsText } from '../model/match-columns.ts'
import { sqlText } from './open-duck.ts'
import { sentenceOf } from './stage-input.ts'

/** A part has about this many rows: enough that its own cost does not count, few enough that its outputs fit in memory. */
const partRows = 245_760

/** The columns of the input, which every file must have alike. Throws `batch-prediction/unreadable-input`, `other-columns`. */
export async function columnsOf(
  db: DuckDBConnection,
  inputs: readonly InputFile[],
  sources: readonly string[],
): Promise<DataColumn[]> {
  let first: { path: string; columns: DataColumn[] } | undefined
  for (const [at, { path }] of inputs.entries()) {
    const columns = await describe(db, path, sources[at] ?? path)
    if (first === undefined) first = { path, columns }
    else if (columnsKey(columns) !== columnsKey(first.columns)) {
      throw batchProblem['other-columns']({ path, first: first.path, columns: columnsText(columns) })
    }
  }
  return first?.columns ?? []
}

/** Cuts the rows of all files into parts, at row groups where these are of a fitting size. */
export async function planParts(db: DuckDBConnection, sources: readonly string[], limit: number): Promise<Part[]> {
  const parts: Part[] = []
  let left = limit
  for (const [file, source] of sources.entries()) {
    for (const { from, to } of cutsOf(await rowGroups(db, source))) {
      if (left <= 0) return parts
      const rows = Math.min(left, to - from)
      parts.push({ number: parts.length, file, source, from, to: from + rows })
      left -= rows
    }
  }
  return parts
}

/** Whole row groups together up to the size of a part; a larger one in even pieces. */
export function cutsOf(groups: readonly number[]): { from: number; to: number }[] {
  const cuts: { from: number; to: number }[] = []
  let from = 0
  let at = 0
  const cut = () => {
    const pieces = Math.max(1, Math.round((at - from) / partRows))
    const size = Math.ceil((at - from) / pieces)
    for (; from < at; from = Math.min(at, from + size)) cuts.push({ from, to: Math.min(at, from + size) })
  }
  for (const rows of groups) {
    if (at > from && at - from + rows > partRows) cut()
    at += rows
  }
  cut()
  return cuts
}

async function describe(db: DuckDBConnection, path: string, source: string): Promise<DataColumn[]> {
  try {
    const reader = await db.runAndReadAll(
      `describe select * from read_parquet(${sqlText(source)}, hive_partitioning = false)`,
    )
    return reader.getRowsJS().map(([name, type]) => ({ name: textOf(name), type: textOf(type) }))
  } catch (error) {
    throw batchProblem['unreadable-input']({ path, reason: sentenceOf(error) }, error)
  }
}

async function rowGroups(db: DuckDBConnection, source: string): Promise<number[]> {
  const reader = await db.runAndReadAll(
    `select any_value(row_group_num_rows) from parquet_metadata(${sqlText(source)}) group by row_group_id order by row_group_id`,
  )
  return reader.getRowsJS().map(([rows]) => Number(rows))
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : '')

const columnsKey = (columns: readonly DataColumn[]) =>
  JSON.stringify(columns.toSorted((one, other) => (one.name < other.name ? -1 : 1)))
