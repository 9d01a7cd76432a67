import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import type { MergedPredictions, MergeTask, PredictionFile } from '../../model/log-files.ts'
import { endpointFolder, syncFile } from './log-folders.ts'

/**
 * Writes the rows of small files of one endpoint and day as one file, by request, so that the ranges of merged files do
 * not overlap and a look-up opens one. Files with other columns are merged apart. The files stay: who commits the new one
 * drops them.
 */
export async function mergePredictions(
  db: DuckDBConnection,
  task: MergeTask & { readonly dataDir: string },
): Promise<MergedPredictions[]> {
  const keyed: { key: string; file: PredictionFile }[] = []
  for (const file of task.files) keyed.push({ key: await columnsKey(db, join(task.dataDir, file.path)), file })
  const groups = [...Map.groupBy(keyed, ({ key }) => key).values()].filter((group) => group.length > 1)
  const merged: MergedPredictions[] = []
  for (const [at, group] of groups.entries()) {
    const name = at === 0 ? task.name : `${task.name}-${at}`
    merged.push(
      await mergeGroup(
        db,
        group.map(({ file }) => file),
        { dataDir: task.dataDir, name },
      ),
    )
  }
  return merged
}

async function columnsKey(db: DuckDBConnection, path: string): Promise<string> {
  const reader = await db.runAndReadAll(`describe select * from ${parquet([path])}`)
  return JSON.stringify(reader.getRowsJS().map(([name, type]) => [name, type]))
}

async function mergeGroup(
  db: DuckDBConnection,
  files: readonly PredictionFile[],
  { dataDir, name }: { readonly dataDir: string; readonly name: string },
): Promise<MergedPredictions> {
  const [first] = files
  if (first === undefined) throw new RangeError('A group has at least one file.')
  const { workspace, endpoint, day } = first
  const path = join(endpointFolder('predictions', workspace, endpoint), `day=${day}`, `${name}.parquet`)
  const whole = join(dataDir, path)
  const sources = parquet(files.map((file) => join(dataDir, file.path)))
  await db.run(`copy (select * from ${sources} order by request_id, "row", role) to ${text(whole)}
    (format parquet, compression zstd, row_group_size 122880)`)
  const into: PredictionFile = {
    workspace,
    endpoint,
    path,
    day,
    sizeBytes: syncFile(whole),
    rows: files.reduce((sum, { rows }) => sum + rows, 0),
    minRequestId: least(files.map(({ minRequestId }) => minRequestId)),
    maxRequestId: most(files.map(({ maxRequestId }) => maxRequestId)),
    minEventMs: Math.min(...files.map(({ minEventMs }) => minEventMs)),
    maxEventMs: Math.max(...files.map(({ maxEventMs }) => maxEventMs)),
  }
  await checkRows(db, whole, into.rows)
  return { from: files, into }
}

/** Before anything is dropped: what was written reads back with as many rows. */
async function checkRows(db: DuckDBConnection, path: string, rows: number): Promise<void> {
  const reader = await db.runAndReadAll(`select count(*) from ${parquet([path])}`)
  const found = Number(reader.getRowsJS()[0]?.[0])
  if (found !== rows) throw new Error(`merging gave ${found} rows of ${rows}; nothing was changed`)
}

const parquet = (paths: readonly string[]) => `read_parquet([${paths.map(text).join(', ')}], hive_partitioning = false)`

const text = (value: string) => `'${value.replaceAll("'", "''")}'`

const least = (texts: readonly string[]) => texts.reduce((low, each) => (each < low ? each : low))
const most = (texts: readonly string[]) => texts.reduce((high, each) => (each > high ? each : high))
