import type { Row, Runtime } from '@millrace/kernel'
import type { Prediction } from '../contract.ts'

/** Ground truth of a row; null while there is none. */
export type Label = Prediction['label']

/** `read_parquet` over files whose features may differ between versions. */
export function parquet(paths: readonly string[]): string {
  const list = paths.map((path) => `'${path.replaceAll("'", "''")}'`).join(', ')
  return `read_parquet([${list}], union_by_name = true, hive_partitioning = false)`
}

/** The newest ground truth of each of some rows, by prediction id. */
export async function labelsOf(
  runtime: Runtime,
  paths: readonly string[],
  rows: readonly Row[],
): Promise<Map<string, Label>> {
  if (paths.length === 0 || rows.length === 0) return new Map()
  const ids = rows.map((row) => `'${textOf(row, 'prediction_id').replaceAll("'", "''")}'`).join(', ')
  const found = await runtime.analytics.rows(
    `select prediction_id, arg_max(value, sequence) as value, arg_max(event_time_ms, sequence) as event_time_ms,
       arg_max(received_at_ms, sequence) as received_at_ms
     from ${parquet(paths)} where prediction_id in (${ids}) group by prediction_id`,
  )
  return new Map(found.map((row) => [textOf(row, 'prediction_id'), toLabel(row)]))
}

/** Ground truth of a row of a file of labels. */
export function toLabel(row: Row): Label {
  const value = row['value']
  return {
    value: typeof value === 'number' ? value : null,
    eventTimeMs: Number(row['event_time_ms']),
    receivedAtMs: Number(row['received_at_ms']),
  }
}

/** A prediction as a row of the log says it. */
export function toPrediction(row: Row, label: Label | undefined): Prediction {
  const text = (name: string) => textOf(row, name)
  const number = (name: string) => Number(row[name] ?? 0)
  const rolloutId = row['rollout_id']
  return {
    id: text('prediction_id'),
    requestId: text('request_id'),
    row: number('row'),
    endpoint: text('endpoint'),
    deploymentId: text('deployment_id'),
    versionId: text('version_id'),
    version: number('version'),
    role: text('role'),
    rolloutId: typeof rolloutId === 'string' ? rolloutId : null,
    eventTimeMs: number('event_time_ms'),
    loggedAtMs: number('logged_at_ms'),
    latencyUs: number('latency_us'),
    status: number('status'),
    caller: text('caller') || null,
    traceId: text('trace_id') || null,
    inputs: membersOf(row, 'in.'),
    outputs: membersOf(row, 'out.'),
    label: label ?? null,
  }
}

function membersOf(row: Row, prefix: string): Record<string, unknown> {
  const members = Object.entries(row).filter(([name]) => name.startsWith(prefix))
  return Object.fromEntries(members.map(([name, value]) => [name.slice(prefix.length), value]))
}

/** A text cell; empty where it is none. */
export function textOf(row: Row, name: string): string {
  const cell = row[name]
  return typeof cell === 'string' ? cell : ''
}
