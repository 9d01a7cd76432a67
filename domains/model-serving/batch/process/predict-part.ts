import { mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { Problem } from '@millrace/contract'
import type { ModelRunner } from '../../model/model-runner.ts'
import type { Tensor } from '../../model/tensor.ts'
import { concatData, elementCount } from '../../model/tensor.ts'
import { duckColumnsOf, fillTable } from '../../process/log/duck-columns.ts'
import type { LogColumn } from '../../process/log/log-table.ts'
import type { DataFormat, FinishedPart, InputColumns, Part } from '../model/batch-plan.ts'
import { batchProblem } from '../model/batch-problems.ts'
import { quoted } from '../model/match-columns.ts'
import { createBatchBuffer, MissingValue } from './column-reader.ts'
import { sqlText } from './open-duck.ts'
import { sentenceOf } from './stage-input.ts'
import { digestOf, settleFile } from './write-whole.ts'

/** What is the same for all parts. */
export interface PartContext {
  readonly db: DuckDBConnection
  readonly runner: ModelRunner
  readonly columns: readonly InputColumns[]
  readonly keep: readonly string[]
  readonly format: DataFormat
  readonly folder: string
  readonly batchRows: number
  /** What people call the file. */
  readonly pathOf: (part: Part) => string
  readonly onRows: (rows: number) => void
}

/** Reads a part's rows, runs the model and lays the part's file down whole. Throws problems of `batch-prediction`. */
export async function predictPart(part: Part, context: PartContext): Promise<FinishedPart> {
  const batches = await runModel(part, context)
  const outputs = columnsOf(batches)
  const rows = part.to - part.from
  const file = `part-${String(part.number).padStart(5, '0')}.${context.format}`
  const path = join(context.folder, file)
  mkdirSync(context.folder, { recursive: true })
  await fillTable(context.db, 'batch_output', outputs.flatMap(duckColumnsOf), rows)
  await context.db.run(copyStatement(part, outputs, context, `${path}.tmp`))
  settleFile(`${path}.tmp`, path)
  return { number: part.number, file, rows, sizeBytes: statSync(path).size, digest: await digestOf(path) }
}

async function runModel(part: Part, context: PartContext): Promise<Tensor[][]> {
  const expressions = context.columns.flatMap((input) => input.expressions)
  const result = await context.db.stream(`select ${expressions.join(', ')} from ${rowsOf(part)}`)
  const fixed = context.columns.some(({ shape }) => shape[0] === 1)
  const buffer = createBatchBuffer(context.columns, fixed ? 1 : Math.min(context.batchRows, part.to - part.from))
  const batches: Tensor[][] = []
  let done = part.from
  const flush = async () => {
    const { rows } = buffer
    if (rows === 0) return
    batches.push(await runBatch(part, context, { tensors: buffer.tensors(), from: done, rows }))
    done += rows
    context.onRows(rows)
  }
  try {
    for (
      let chunk = await result.fetchChunk();
      chunk !== null && chunk.rowCount > 0;
      chunk = await result.fetchChunk()
    ) {
      for (let start = 0; start < chunk.rowCount;) {
        start += buffer.take(chunk, start)
        if (buffer.rows === (fixed ? 1 : context.batchRows)) await flush()
      }
    }
    await flush()
  } catch (error) {
    throw problemOf(error, part, context, done)
  }
  if (done !== part.to) throw batchProblem['input-changed']({ path: context.pathOf(part) })
  return batches
}

async function runBatch(
  part: Part,
  context: PartContext,
  batch: { readonly tensors: Tensor[]; readonly from: number; readonly rows: number },
): Promise<Tensor[]> {
  const { from, rows } = batch
  const failed = (reason: string, cause?: unknown) =>
    batchProblem['model-failed']({ path: context.pathOf(part), fromRow: from, toRow: from + rows - 1, reason }, cause)
  let outputs: readonly Tensor[]
  try {
    outputs = await context.runner.run(batch.tensors)
  } catch (error) {
    throw failed(sentenceOf(error), error)
  }
  const wrong = outputs.find(({ shape }) => shape[0] !== rows)
  if (wrong !== undefined)
    throw failed(`it gave "${wrong.name}" in the shape [${wrong.shape.join(', ')}] for ${rows} rows.`)
  return [...outputs]
}

function problemOf(error: unknown, part: Part, context: PartContext, row: number): unknown {
  if (error instanceof Problem) return error
  const path = context.pathOf(part)
  if (error instanceof MissingValue) {
    const { column, datatype } = error
    return batchProblem['missing-values']({ column, datatype, path, fromRow: row, toRow: part.to - 1 }, error)
  }
  return batchProblem['unreadable-input']({ path, reason: sentenceOf(error) }, error)
}

/** The outputs of all batches, one after the other. */
function columnsOf(batches: readonly Tensor[][]): LogColumn[] {
  const [first = []] = batches
  return first.map(({ name, datatype, shape }, at) => {
    const parts = batches.flatMap((batch) => batch[at] ?? [])
    const data = concatData(
      datatype,
      parts.map((tensor) => tensor.data),
    )
    return { name, datatype, width: elementCount(shape.slice(1)), data, missing: [] }
  })
}

function rowsOf({ source, from, to }: Part): string {
  return `read_parquet(${sqlText(source)}, file_row_number = true, hive_partitioning = false)
    where file_row_number >= ${from} and file_row_number < ${to}`
}

function copyStatement(part: Part, outputs: readonly LogColumn[], context: PartContext, path: string): string {
  const keep = context.keep.map(quoted)
  const names = outputs.flatMap(duckColumnsOf).map(({ name }) => `o.${quoted(name)}`)
  const kept = keep.map((name) => `i.${name}`)
  const from =
    keep.length === 0
      ? 'batch_output o'
      : `(select ${keep.join(', ')} from ${rowsOf(part)}) i positional join batch_output o`
  return `copy (select ${[...kept, ...names].join(', ')} from ${from}) to ${sqlText(path)} (${copyOptions[context.format]})`
}

const copyOptions: Readonly<Record<DataFormat, string>> = {
  parquet: 'format parquet, compression snappy',
  csv: 'format csv, header true',
  jsonl: 'format json, array false',
}
