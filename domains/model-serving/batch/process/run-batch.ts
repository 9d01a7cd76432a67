import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import type { Signature } from '../../model/tensor.ts'
import type { BatchManifest, BatchPlan, BatchWish, DataFormat, FinishedPart, InputFile } from '../model/batch-plan.ts'
import { batchProblem } from '../model/batch-problems.ts'
import { columnsText, matchColumns } from '../model/match-columns.ts'
import type { BatchPlace } from './batch-work.ts'
import {
  appendJournal,
  enterPlace,
  leavePlace,
  placeOf,
  readJournal,
  readManifest,
  readPlan,
  writePlan,
} from './batch-work.ts'
import { findInputs, formatOf, inputFile } from './find-inputs.ts'
import { finishOutput } from './finish-output.ts'
import { openDuck } from './open-duck.ts'
import { columnsOf, planParts } from './plan-parts.ts'
import { stageInput } from './stage-input.ts'
import { runParts } from './worker-pool.ts'

/** What a batch is run with. */
export interface BatchParts {
  /** The thread's entry file, which calls `startBatchWorker`. */
  readonly workerEntry: URL
  /** The model's signature, read once before anything is planned. */
  readonly signature: Signature
  readonly onProgress?: (done: number, total: number) => void
  readonly signal?: AbortSignal
}

/** What a batch came to. */
export interface BatchReport {
  readonly manifest: BatchManifest
  /** Rows that this run predicted; the others were there from a run before. */
  readonly predictedRows: number
  /** True when there was nothing left to do. */
  readonly unchanged: boolean
  readonly elapsedMs: number
}

/**
 * Predicts every row of the input, once, in order. The same wish again goes on where a killed run ended; a finished one
 * changes nothing. Memory does not grow with the data: a part per worker is held. Throws problems of `batch-prediction`.
 */
export async function runBatch(wish: BatchWish, parts: BatchParts): Promise<BatchReport> {
  const startedAtMs = Date.now()
  // Threads begin with this process's environment: onnxruntime sends telemetry from 1.30 on unless it is told not to.
  process.env['ORT_DISABLE_TELEMETRY'] ??= '1'
  const inputs = findInputs(wish.input)
  const key = keyOf(wish, inputs.files)
  const place = placeOf(wish.output)
  const finished = wish.overwrite ? undefined : readManifest(place)
  if (finished !== undefined && finished.key === key && !existsSync(place.work)) {
    return { manifest: finished, predictedRows: 0, unchanged: true, elapsedMs: Date.now() - startedAtMs }
  }
  enterPlace(place, { overwrite: wish.overwrite, key })
  const { db, close } = await openDuck({ threads: wish.workers, memoryMb: 1024, spillTo: join(place.work, 'spill') })
  try {
    const plan = readPlan(place) ?? (await makePlan(db, place, { wish, parts, inputs }))
    const { all, predicted } = await workOff(place, plan, wish, parts)
    checkUnchanged(plan)
    const { keep, format, rows } = plan
    const model = { name: wish.modelName, digest: wish.modelDigest }
    const manifest = await finishOutput(db, place, all, {
      key,
      model,
      inputs: plan.inputs,
      format,
      rows,
      keep,
      startedAtMs,
    })
    return { manifest, predictedRows: predicted, unchanged: false, elapsedMs: Date.now() - startedAtMs }
  } catch (error) {
    // Data that does not fit leaves nothing behind to go on with.
    if (readPlan(place) === undefined) rmSync(place.work, { recursive: true, force: true })
    throw error
  } finally {
    close()
    leavePlace(place)
  }
}

/** Two wishes with one key are the same work. How fast it is done does not matter to it. */
function keyOf(wish: BatchWish, inputs: readonly InputFile[]): string {
  const { modelDigest, keep, features, limit, format } = wish
  return createHash('sha256')
    .update(JSON.stringify({ modelDigest, inputs, keep, features, limit, format }))
    .digest('hex')
}

async function makePlan(
  db: DuckDBConnection,
  place: BatchPlace,
  {
    wish,
    parts,
    inputs,
  }: { readonly wish: BatchWish; readonly parts: BatchParts; readonly inputs: ReturnType<typeof findInputs> },
): Promise<BatchPlan> {
  const sources: string[] = []
  for (const [number, file] of inputs.files.entries()) {
    parts.signal?.throwIfAborted()
    sources.push(await stageInput(db, file, { format: inputs.format, folder: join(place.work, 'staged'), number }))
  }
  const found = await columnsOf(db, inputs.files, sources)
  const names = new Set(found.map(({ name }) => name))
  const unknown = wish.keep.filter((name) => !names.has(name))
  if (unknown.length > 0) {
    throw batchProblem['unknown-kept-column']({ names: unknown.join(', '), columns: columnsText(found) })
  }
  const taken = parts.signature.outputs.filter(({ name }) => wish.keep.includes(name)).map(({ name }) => name)
  if (taken.length > 0) throw batchProblem['name-taken']({ names: taken.join(', ') })
  const columns = matchColumns(parts.signature, found, wish)
  const all = await planParts(db, sources, wish.limit ?? Number.POSITIVE_INFINITY)
  const plan: BatchPlan = {
    version: 1,
    modelDigest: wish.modelDigest,
    inputs: inputs.files,
    format: outputFormat(wish, inputs.format),
    keep: wish.keep,
    columns,
    parts: all,
    rows: all.reduce((sum, { from, to }) => sum + to - from, 0),
  }
  writePlan(place, plan)
  return plan
}

function outputFormat({ format, output }: BatchWish, input: DataFormat): DataFormat {
  return format ?? formatOf(output) ?? input
}

async function workOff(
  place: BatchPlace,
  plan: BatchPlan,
  wish: BatchWish,
  parts: BatchParts,
): Promise<{ all: FinishedPart[]; predicted: number }> {
  const finished = readJournal(place)
  const left = plan.parts.filter(({ number }) => !finished.has(number))
  const before = [...finished.values()].reduce((sum, { rows }) => sum + rows, 0)
  let done = before
  parts.onProgress?.(done, plan.rows)
  const spillTo = join(place.work, 'spill')
  mkdirSync(spillTo, { recursive: true })
  const { parts: _, rows: __, ...shared } = plan
  const { model, batchRows, workers } = wish
  const task = { model, batchRows, spillTo, plan: shared, folder: join(place.work, 'parts'), memoryMb: 512 }
  const { workerEntry: entry, signal } = parts
  await runParts(
    left,
    { entry, workers, task, ...(signal === undefined ? {} : { signal }) },
    {
      onRows: (rows) => {
        done += rows
        parts.onProgress?.(done, plan.rows)
      },
      onPart: (part) => {
        appendJournal(place, part)
        finished.set(part.number, part)
      },
    },
  )
  const all = [...finished.values()].toSorted((one, other) => one.number - other.number)
  return { all, predicted: plan.rows - before }
}

/** Parts of two states of a file do not belong together. */
function checkUnchanged({ inputs }: BatchPlan): void {
  for (const file of inputs) {
    const now = inputFile(file.path)
    if (now.sizeBytes !== file.sizeBytes || now.modifiedAtMs !== file.modifiedAtMs) {
      throw batchProblem['input-changed']({ path: file.path })
    }
  }
}
