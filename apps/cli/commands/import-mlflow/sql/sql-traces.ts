import type { LocalArtifacts } from '../artifacts/local-artifacts.ts'
import { spansOfFile } from '../spans-file.ts'
import type { SourceAssessment, SourceTrace } from '../source.ts'
import { stateOf, textOf, textOrNull, timeOf } from '../words.ts'
import type { SqlRow, SqlTables } from './sql-tables.ts'
import { allRows, columnOr, places } from './sql-tables.ts'

const pageLength = 100

/** Traces in order of their ids, with their spans: from the database, or from the file beside older ones. */
export async function* readTraces(
  tables: SqlTables,
  experiments: ReadonlySet<string>,
  artifacts: LocalArtifacts,
): AsyncGenerator<readonly SourceTrace[]> {
  const columns = await tables.columns('trace_info')
  if (columns.size === 0) return
  const newer = ['client_request_id', 'request_preview', 'response_preview', 'trace_name', 'session_id']
  const chosen = newer.map((column) => columnOr(columns, column, 'null')).join(', ')
  for (let after = ''; ;) {
    const rows = await allRows(
      tables,
      `select request_id, experiment_id, timestamp_ms, execution_time_ms, status, ${chosen}
       from trace_info where request_id > ? order by request_id limit ${pageLength}`,
      [after],
    )
    if (rows.length === 0) return
    after = textOf(rows.at(-1)?.['request_id'])
    const wanted = rows.filter((row) => experiments.has(String(row['experiment_id'])))
    if (wanted.length > 0) yield await wholeTraces(tables, wanted, artifacts)
  }
}

async function wholeTraces(
  tables: SqlTables,
  rows: readonly SqlRow[],
  artifacts: LocalArtifacts,
): Promise<SourceTrace[]> {
  const ids = rows.map((row) => textOf(row['request_id']))
  const tags = await textsOf(tables, 'trace_tags', ids)
  const metadata = await textsOf(tables, 'trace_request_metadata', ids)
  const assessments = await assessmentsOf(tables, ids)
  const spans = await spansOf(tables, ids)
  const runs = await runsOf(tables, ids)
  const traces: SourceTrace[] = []
  for (const row of rows) {
    const id = textOf(row['request_id'])
    const own = named(tags.get(id) ?? {}, 'mlflow.traceName', row['trace_name'])
    traces.push({
      id,
      experimentId: String(row['experiment_id']),
      state: stateOf(row['status']),
      startedAtMs: timeOf(row['timestamp_ms']) ?? 0,
      durationMs: timeOf(row['execution_time_ms']),
      clientRequestId: textOrNull(row['client_request_id']),
      requestPreview: textOrNull(row['request_preview']),
      responsePreview: textOrNull(row['response_preview']),
      tags: own,
      metadata: named(metadata.get(id) ?? {}, 'mlflow.trace.session', row['session_id']),
      runIds: runs.get(id) ?? [],
      assessments: assessments.get(id) ?? [],
      spans: spans.get(id) ?? (await spansOfFile(artifacts, own['mlflow.artifactLocation'])),
    })
  }
  return traces
}

function named(texts: Readonly<Record<string, string>>, key: string, value: unknown): Readonly<Record<string, string>> {
  return value === null || value === undefined ? texts : { [key]: textOf(value), ...texts }
}

async function textsOf(tables: SqlTables, table: string, ids: readonly string[]) {
  const found = new Map<string, Record<string, string>>()
  const sql = `select request_id, key, value from ${table} where request_id in (${places(ids)})`
  for (const row of await allRows(tables, sql, ids)) {
    const id = textOf(row['request_id'])
    found.set(id, { ...found.get(id), [textOf(row['key'])]: textOf(row['value']) })
  }
  return found
}

async function spansOf(tables: SqlTables, ids: readonly string[]): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>()
  if ((await tables.columns('spans')).size === 0) return found
  const sql = `select trace_id, content from spans where trace_id in (${places(ids)}) order by start_time_unix_nano`
  for (const row of await allRows(tables, sql, ids)) {
    const id = textOf(row['trace_id'])
    if (textOf(row['content']) === '') continue
    found.set(id, [...(found.get(id) ?? []), textOf(row['content'])])
  }
  return found
}

async function runsOf(tables: SqlTables, ids: readonly string[]): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>()
  if ((await tables.columns('entity_associations')).size === 0) return found
  const sql = `select source_id, destination_id from entity_associations
    where source_type = 'trace' and destination_type = 'run' and source_id in (${places(ids)})`
  for (const row of await allRows(tables, sql, ids)) {
    const id = textOf(row['source_id'])
    found.set(id, [...(found.get(id) ?? []), textOf(row['destination_id'])])
  }
  return found
}

async function assessmentsOf(tables: SqlTables, ids: readonly string[]): Promise<Map<string, SourceAssessment[]>> {
  const found = new Map<string, SourceAssessment[]>()
  if ((await tables.columns('assessments')).size === 0) return found
  const sql = `select assessment_id, trace_id, name, assessment_type, value, error, created_timestamp,
      last_updated_timestamp, source_type, source_id, span_id, rationale, overrides, valid, assessment_metadata
    from assessments where trace_id in (${places(ids)}) order by created_timestamp`
  for (const row of await allRows(tables, sql, ids)) {
    const id = textOf(row['trace_id'])
    found.set(id, [...(found.get(id) ?? []), assessmentOf(row)])
  }
  return found
}

function assessmentOf(row: SqlRow): SourceAssessment {
  return {
    id: textOf(row['assessment_id']),
    name: textOf(row['name']),
    kind: row['assessment_type'] === 'expectation' ? 'expectation' : 'feedback',
    value: jsonOf(row['value']),
    error: errorOf(jsonOf(row['error'])),
    sourceType: textOf(row['source_type']),
    sourceId: textOf(row['source_id']),
    spanId: textOrNull(row['span_id']),
    rationale: textOrNull(row['rationale']),
    overrides: textOrNull(row['overrides']),
    valid: row['valid'] !== 0 && row['valid'] !== false,
    metadata: textsIn(jsonOf(row['assessment_metadata'])),
    createdAtMs: timeOf(row['created_timestamp']) ?? 0,
    updatedAtMs: timeOf(row['last_updated_timestamp']) ?? 0,
  }
}

function jsonOf(value: unknown): unknown {
  if (typeof value !== 'string' || value === '') return null
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}

/** An error as MLflow writes it; null for none. */
export function errorOf(value: unknown): SourceAssessment['error'] {
  if (typeof value !== 'object' || value === null) return null
  const { error_code: code, error_message: message, stack_trace: stack } = value as Readonly<Record<string, unknown>> // an object
  return {
    code: textOf(code),
    ...(typeof message === 'string' ? { message } : {}),
    ...(typeof stack === 'string' ? { stackTrace: stack } : {}),
  }
}

/** The texts of an object; other values as their JSON. */
export function textsIn(value: unknown): Record<string, string> {
  if (typeof value !== 'object' || value === null) return {}
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, textOf(member)]))
}
