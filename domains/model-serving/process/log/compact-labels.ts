import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { DOUBLE, INTEGER, VARCHAR } from '@duckdb/node-api'
import type { LabelBatch, LabelBody, LabelFile } from '../../model/log-files.ts'
import { predictionIdLength } from '../../model/prediction-id.ts'
import { fillTable } from './duck-columns.ts'
import { endpointFolder, syncFile } from './log-folders.ts'

/** Writes acknowledged ground truth as Parquet, one file per endpoint. */
export async function compactLabels(
  db: DuckDBConnection,
  task: { readonly dataDir: string; readonly batches: readonly LabelBatch[]; readonly name: string },
): Promise<LabelFile[]> {
  const groups = Map.groupBy(task.batches, ({ workspace, endpoint }) => JSON.stringify([workspace, endpoint]))
  const files: LabelFile[] = []
  for (const batches of groups.values()) {
    const file = await writeLabels(db, batches, task)
    if (file !== undefined) files.push(file)
  }
  return files
}

interface Labels {
  readonly requestIds: string[]
  readonly rows: number[]
  readonly values: (number | null)[]
  /** Index into the batches. */
  readonly of: number[]
}

function labelsOf(batches: readonly LabelBatch[]): Labels {
  const labels: Labels = { requestIds: [], rows: [], values: [], of: [] }
  const add = (requestId: string, row: number, value: number | null, of: number) => {
    labels.requestIds.push(requestId)
    labels.rows.push(row)
    labels.values.push(value)
    labels.of.push(of)
  }
  for (const [of, batch] of batches.entries()) {
    const body = JSON.parse(batch.body) as LabelBody // as record-ground-truth wrote it
    for (const { id, values } of body.batches) values.forEach((value, row) => add(id, row, value, of))
    for (const { id, value } of body.labels)
      add(id.slice(0, predictionIdLength), Number(id.slice(predictionIdLength + 1)), value, of)
  }
  return labels
}

async function writeLabels(
  db: DuckDBConnection,
  batches: readonly LabelBatch[],
  place: { readonly dataDir: string; readonly name: string },
): Promise<LabelFile | undefined> {
  const [first] = batches
  const { requestIds, rows, values, of } = labelsOf(batches)
  if (first === undefined || requestIds.length === 0) return undefined
  const ofBatch = (pick: (batch: LabelBatch) => number) => (at: number) => {
    const batch = batches[of[at] ?? 0]
    return batch === undefined ? 0 : pick(batch)
  }
  await fillTable(
    db,
    'label_row',
    [
      { name: 'request_id', type: VARCHAR, valueAt: (at) => requestIds[at] ?? '' },
      { name: 'row', type: INTEGER, valueAt: (at) => rows[at] ?? 0 },
      { name: 'value', type: DOUBLE, valueAt: (at) => values[at] ?? null },
      { name: 'event_time_ms', type: DOUBLE, valueAt: ofBatch((batch) => batch.eventTimeMs) },
      { name: 'received_at_ms', type: DOUBLE, valueAt: ofBatch((batch) => batch.receivedAtMs) },
      { name: 'sequence', type: DOUBLE, valueAt: ofBatch((batch) => batch.sequence) },
    ],
    requestIds.length,
  )
  const { workspace, endpoint } = first
  const path = join(endpointFolder('labels', workspace, endpoint), `${place.name}.parquet`)
  const whole = join(place.dataDir, path)
  mkdirSync(dirname(whole), { recursive: true })
  await db.run(`copy (
    select request_id || '.' || row as prediction_id, request_id, row, value, event_time_ms::bigint as event_time_ms,
      received_at_ms::bigint as received_at_ms, sequence::bigint as sequence from label_row
  ) to '${whole.replaceAll("'", "''")}' (format parquet, compression snappy)`)
  await db.run('drop table label_row')
  syncFile(whole)
  const [minRequestId, maxRequestId] = rangeOf(requestIds)
  return { workspace, endpoint, path, rows: requestIds.length, minRequestId, maxRequestId }
}

function rangeOf(ids: readonly string[]): [string, string] {
  let [low, high] = [ids[0] ?? '', ids[0] ?? '']
  for (const id of ids) {
    if (id < low) low = id
    if (id > high) high = id
  }
  return [low, high]
}
