import { DuckDBInstance } from '@duckdb/node-api'
import type { CompactorTask } from '../model/log-files.ts'
import { compactLabels } from './log/compact-labels.ts'
import { compactPredictions } from './log/compact-predictions.ts'
import { mergePredictions } from './log/merge-predictions.ts'

/** The compactor's process: turns spool files and ground truth into Parquet, one task after the other, and ends with its channel. */
interface Asked {
  readonly id: number
  readonly task: CompactorTask
}

const dataDir = process.env['MILLRACE_COMPACTOR_DATA_DIR'] ?? ''
const connection = open()
let last: Promise<unknown> = Promise.resolve()

process.on('message', (asked: Asked) => {
  last = last.then(() => answer(asked))
})
process.on('disconnect', () => process.exit(0))
process.on('SIGINT', () => {}) // the parent drains first
process.on('SIGTERM', () => {})

async function open() {
  const settings = {
    memory_limit: '1GB',
    threads: '1',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  }
  return (await DuckDBInstance.create(':memory:', settings)).connect()
}

async function answer({ id, task }: Asked): Promise<void> {
  try {
    const db = await connection
    const result =
      task.kind === 'labels'
        ? await compactLabels(db, { ...task, dataDir })
        : task.kind === 'merge'
          ? await mergePredictions(db, { ...task, dataDir })
          : await compactPredictions(db, { ...task, dataDir })
    process.send?.({ id, result })
  } catch (error) {
    process.send?.({ id, error: error instanceof Error ? error.message : String(error) })
  }
}
