import { execFileSync, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { tinyModel } from '@millrace/adapter-onnx-runtime/testing'
import { features } from '../harness/a-served-model.ts'
import { count, report } from '../harness/report.ts'
import { withScratch } from '../harness/scratch.ts'

// Predicts 3,000,000 Parquet rows with a linear model, `id` carried along: `millrace predict` with one and two threads,
// and, where a Python with pyarrow and onnxruntime is named, the same in Python. Usage: batch.ts [python] [rows]
const python = process.argv[2]
const rows = Number(process.argv[3] ?? 3_000_000)
const batchRows = 16_384
const root = fileURLToPath(new URL('../..', import.meta.url))

interface Line {
  readonly name: string
  readonly seconds: number
  /** Of the command as a whole, its start included. */
  readonly wallSeconds: number
}

await withScratch(async (folder) => {
  const model = join(folder, 'model.onnx')
  const data = join(folder, 'rows.parquet')
  writeFileSync(
    model,
    tinyModel({ weights: Object.fromEntries(features.map((name, at) => [name, at / 10])), bias: -1 }),
  )
  await writeRows(data)
  const lines: Line[] = [1, 2].map((workers) => ours(model, data, { output: join(folder, `out-${workers}`), workers }))
  if (python !== undefined) {
    for (const size of [batchRows, 262_144]) {
      const begun = performance.now()
      const script = join(root, 'bench/serving/rivals/batch_onnx.py')
      const said = execFileSync(python, [script, model, data, join(folder, 'rival.parquet'), String(size)], {
        encoding: 'utf8',
      })
      lines.push({
        name: `pyarrow + onnxruntime, batches of ${count(size)}`,
        seconds: Number(said),
        wallSeconds: since(begun),
      })
    }
  }
  report(
    `Batch prediction, ${count(rows)} rows`,
    ['who', 'rows/s', 'rows/s with start'],
    lines.map(({ name, seconds, wallSeconds }) => [name, count(rows / seconds), count(rows / wallSeconds)]),
  )
})

interface Engine {
  readonly DuckDBInstance: {
    create(path: string): Promise<{
      connect(): Promise<{ run(sql: string): Promise<unknown>; closeSync(): void }>
    }>
  }
}

function since(begunMs: number): number {
  return (performance.now() - begunMs) / 1000
}

function ours(
  model: string,
  data: string,
  { output, workers }: { readonly output: string; readonly workers: number },
): Line {
  const begun = performance.now()
  const flags = ['--model', model, '--input', data, '--output', output, '--keep', 'id', '--workers', String(workers)]
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, 'apps/cli/main.ts'), 'predict', ...flags, '--json'],
    {
      encoding: 'utf8',
    },
  )
  if (stdout === '') throw new Error(stderr)
  const { elapsedMs } = JSON.parse(stdout) as { elapsedMs: number } // what --json prints
  return { name: `millrace predict, ${workers} threads`, seconds: elapsedMs / 1000, wallSeconds: since(begun) }
}

async function writeRows(path: string): Promise<void> {
  // The engine belongs to model-serving's package.
  const require = createRequire(join(root, 'domains/model-serving/package.json'))
  const { DuckDBInstance } = require('@duckdb/node-api') as Engine // the package's own form
  const db = await (await DuckDBInstance.create(':memory:')).connect()
  const columns = features.map((name) => `random()::float as ${name}`)
  await db.run(`copy (select range as id, ${columns.join(', ')} from range(${rows})) to '${path}' (format parquet)`)
  db.closeSync()
}
