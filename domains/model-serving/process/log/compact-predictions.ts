import { mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { DOUBLE, INTEGER, SMALLINT, UINTEGER, VARCHAR } from '@duckdb/node-api'
import type { CompactedPredictions, LogCount, PredictionFile } from '../../model/log-files.ts'
import type { DuckColumn } from './duck-columns.ts'
import { duckColumnsOf, fillTable } from './duck-columns.ts'
import { endpointFolder, syncFile } from './log-folders.ts'
import type { LogTable } from './log-table.ts'
import { logTablesOf } from './log-table.ts'
import type { ReadBatch } from './spool-record.ts'
import { decodeRecords } from './spool-record.ts'

const dayMs = 86_400_000

/** Writes the rows of whole spool files as Parquet, one file per endpoint, set of columns and day of event time. */
export async function compactPredictions(
  db: DuckDBConnection,
  task: { readonly dataDir: string; readonly segments: readonly string[]; readonly name: string },
): Promise<CompactedPredictions> {
  const files: PredictionFile[] = []
  const counts: LogCount[] = []
  const batches = task.segments.flatMap((path) => readSegment(path))
  for (const [index, table] of logTablesOf(batches).entries()) {
    const name = index === 0 ? task.name : `${task.name}-${index}`
    files.push(...(await writeTable(db, table, { ...task, name })))
    counts.push(...countsOf(table))
  }
  return { files, counts }
}

/** A record cut off by the process's death was never answered; what follows it in the file is nothing. */
function readSegment(path: string): readonly ReadBatch[] {
  return decodeRecords(readFileSync(path), new Map()).batches
}

async function writeTable(
  db: DuckDBConnection,
  table: LogTable,
  place: { readonly dataDir: string; readonly name: string },
): Promise<PredictionFile[]> {
  const features = table.columns.flatMap(duckColumnsOf)
  await fillTable(db, 'log_row', [...rowColumns(table), ...features], table.rows)
  await fillTable(db, 'log_stream', streamColumns(table), table.streams.length)
  const written: PredictionFile[] = []
  for (const day of await daysOf(db)) {
    const { workspace, endpoint } = table
    const path = join(endpointFolder('predictions', workspace, endpoint), `day=${day.day}`, `${place.name}.parquet`)
    const whole = join(place.dataDir, path)
    mkdirSync(dirname(whole), { recursive: true })
    await db.run(copyStatement(table, features, day.number, whole))
    written.push({ workspace, endpoint, path, ...day, sizeBytes: syncFile(whole) })
  }
  await db.run('drop table log_row; drop table log_stream')
  return written
}

function rowColumns(table: LogTable): DuckColumn[] {
  const { request, row, stream, eventTimeMs, requestIds, latencyUs, loggedAtMs, status, callers, traceIds } = table
  const ofRequest = (values: readonly number[]) => (at: number) => values[request[at] ?? 0] ?? 0
  return [
    { name: 'stream', type: INTEGER, valueAt: (at) => stream[at] ?? 0 },
    { name: 'request_id', type: VARCHAR, valueAt: (at) => requestIds[request[at] ?? 0] ?? '' },
    { name: 'row', type: INTEGER, valueAt: (at) => row[at] ?? 0 },
    { name: 'day', type: INTEGER, valueAt: (at) => Math.floor((eventTimeMs[at] ?? 0) / dayMs) },
    { name: 'event_time_ms', type: DOUBLE, valueAt: (at) => eventTimeMs[at] ?? 0 },
    { name: 'logged_at_ms', type: DOUBLE, valueAt: ofRequest(loggedAtMs) },
    { name: 'latency_us', type: UINTEGER, valueAt: ofRequest(latencyUs) },
    { name: 'status', type: SMALLINT, valueAt: ofRequest(status) },
    { name: 'caller', type: VARCHAR, valueAt: (at) => callers[request[at] ?? 0] ?? null },
    { name: 'trace_id', type: VARCHAR, valueAt: (at) => traceIds[request[at] ?? 0] ?? null },
  ]
}

function streamColumns({ streams }: LogTable): DuckColumn[] {
  return [
    { name: 'number', type: INTEGER, valueAt: (at) => at },
    { name: 'deployment_id', type: VARCHAR, valueAt: (at) => streams[at]?.deploymentId ?? null },
    { name: 'version_id', type: VARCHAR, valueAt: (at) => streams[at]?.versionId ?? null },
    { name: 'version', type: INTEGER, valueAt: (at) => streams[at]?.version ?? null },
    { name: 'role', type: VARCHAR, valueAt: (at) => streams[at]?.role ?? null },
    { name: 'rollout_id', type: VARCHAR, valueAt: (at) => streams[at]?.rollout?.id ?? null },
    { name: 'rollout_step', type: INTEGER, valueAt: (at) => streams[at]?.rollout?.step ?? null },
    { name: 'sample_rate', type: DOUBLE, valueAt: (at) => streams[at]?.sampleRate ?? 1 },
  ]
}

async function daysOf(db: DuckDBConnection) {
  const reader = await db.runAndReadAll(`
    select day as number, count(*) as rows, min(request_id) as first, max(request_id) as last,
      min(event_time_ms) as early, max(event_time_ms) as late from log_row group by day order by day`)
  return reader.getRowsJS().map(([number, rows, first, last, early, late]) => ({
    number: Number(number),
    day: new Date(Number(number) * dayMs).toISOString().slice(0, 10),
    rows: Number(rows),
    minRequestId: textOf(first),
    maxRequestId: textOf(last),
    minEventMs: Number(early),
    maxEventMs: Number(late),
  }))
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function copyStatement(table: LogTable, features: readonly DuckColumn[], day: number, path: string): string {
  const named = features.map(({ name }) => `r.${quoted(name)}`)
  return `copy (
    select r.request_id || '.' || r.row as prediction_id, r.request_id, r.row, ${text(table.endpoint)} as endpoint,
      s.deployment_id, s.version_id, s.version, s.role, s.rollout_id, s.rollout_step, s.sample_rate,
      r.event_time_ms::bigint as event_time_ms, r.logged_at_ms::bigint as logged_at_ms, r.latency_us, r.status,
      r.caller, r.trace_id,
      ${named.join(', ')}
    from log_row r join log_stream s on s.number = r.stream where r.day = ${day}
  ) to ${text(path)} (format parquet, compression snappy)`
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`
}

function countsOf(table: LogTable): LogCount[] {
  const { workspace, endpoint, streams } = table
  const counts = streams.map(() => ({ rows: 0, requests: 0, maxEventMs: Number.NEGATIVE_INFINITY }))
  for (let at = 0; at < table.rows; at += 1) {
    const count = counts[table.stream[at] ?? 0]
    if (count === undefined) continue
    count.rows += 1
    count.requests += table.row[at] === 0 ? 1 : 0
    count.maxEventMs = Math.max(count.maxEventMs, table.eventTimeMs[at] ?? 0)
  }
  return streams.flatMap(({ deploymentId, versionId, version, role }, index) => {
    const count = counts[index]
    return count === undefined ? [] : [{ workspace, endpoint, deploymentId, versionId, version, role, ...count }]
  })
}
