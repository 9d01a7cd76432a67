import { join } from 'node:path'
import type { CallContext, Row, Runtime } from '@millrace/kernel'
import type { InputOf } from '@millrace/contract'
import type * as contract from '../contract.ts'
import type { Prediction } from '../contract.ts'
import { servingProblem } from '../contract.ts'
import type { PredictionIdParts } from '../model/prediction-id.ts'
import { endpointHashOf, parsePredictionId } from '../model/prediction-id.ts'
import type { LogKeeper } from '../process/control/log-keeper.ts'
import { endpointStore } from '../store/endpoints.ts'
import { logReads } from '../store/log-reads.ts'

/** Reads the prediction log. What is still in a spool is compacted first where it is needed. */
export interface PredictionLog {
  /** Throws `not-a-prediction-id`, `unknown-prediction`. A request's id means its first row. */
  read(id: string, context: CallContext): Promise<Prediction>
  list(input: InputOf<typeof contract.listPredictions>, context: CallContext): Promise<Prediction[]>
  /** The Parquet files with an endpoint's rows of event time in [fromMs, toMs), and those with their ground truth. */
  window(of: WindowOf, context: CallContext): Promise<{ predictions: string[]; labels: string[] }>
  /** The largest event time logged; undefined before the first prediction. */
  watermark(endpoint: string, context: CallContext): Promise<number | undefined>
}

export interface WindowOf {
  readonly endpoint: string
  readonly fromMs: number
  readonly toMs: number
}

/** Makes the reader. */
export function createPredictionLog(runtime: Runtime, keeper: LogKeeper): PredictionLog {
  const reads = (context: CallContext) => logReads(runtime.database.reader, context.workspace)
  const window: PredictionLog['window'] = async ({ endpoint, fromMs, toMs }, context) => {
    await keeper.flush()
    const files = await reads(context).filesInWindow(endpoint, fromMs, toMs)
    if (files.length === 0) return { predictions: [], labels: [] }
    const low = files.reduce((least, { min_request_id: id }) => (id < least ? id : least), '~')
    const high = files.reduce((most, { max_request_id: id }) => (id > most ? id : most), '')
    const labels = await reads(context).labelFiles(endpoint, low, high)
    const whole = ({ path }: { path: string }) => join(runtime.dataDir, path)
    return { predictions: files.map(whole), labels: labels.map(whole) }
  }
  return {
    window,
    watermark: async (endpoint, context) => {
      await keeper.flush()
      const counts = await reads(context).counts({ endpoint })
      return counts.length === 0 ? undefined : Math.max(...counts.map(({ max_event_ms: atMs }) => atMs))
    },
    read: async (id, context) => {
      const parts = parsePredictionId(id)
      if (parts === undefined) throw servingProblem['not-a-prediction-id']({ id })
      const endpoint = await endpointOf(runtime, parts, context)
      const row = endpoint === undefined ? undefined : await findRow(runtime, keeper, endpoint, parts, context)
      if (endpoint === undefined || row === undefined) throw servingProblem['unknown-prediction']({ id })
      return toPrediction(row, await labelOf(runtime, keeper, endpoint, parts, context))
    },
    list: async ({ name, fromMs = -8.64e15, toMs = 8.64e15, versionId, limit }, context) => {
      const { predictions, labels } = await window({ endpoint: name, fromMs, toMs }, context)
      if (predictions.length === 0) return []
      const rows = await runtime.analytics.rows(
        `select * from ${parquet(predictions)} where event_time_ms >= $1 and event_time_ms < $2 and ($3 = '' or version_id = $3)
         order by event_time_ms desc, prediction_id desc limit ${limit}`,
        [fromMs, toMs, versionId ?? ''],
      )
      const known = await labelsOf(runtime, labels, rows)
      return rows.map((row) => toPrediction(row, known.get(textOf(row, 'prediction_id'))))
    },
  }
}

/** `read_parquet` over files whose features may differ between versions. */
function parquet(paths: readonly string[]): string {
  const list = paths.map((path) => `'${path.replaceAll("'", "''")}'`).join(', ')
  return `read_parquet([${list}], union_by_name = true, hive_partitioning = false)`
}

async function endpointOf(
  runtime: Runtime,
  parts: PredictionIdParts,
  { workspace }: CallContext,
): Promise<string | undefined> {
  const names = await endpointStore(runtime.database.reader, workspace).allNames()
  return names.find((name) => endpointHashOf(workspace, name) === parts.endpointHash)
}

async function findRow(
  runtime: Runtime,
  keeper: LogKeeper,
  endpoint: string,
  { requestId, row = 0 }: PredictionIdParts,
  { workspace }: CallContext,
): Promise<Row | undefined> {
  const find = async () => {
    const files = await logReads(runtime.database.reader, workspace).filesWithRequest(endpoint, requestId)
    if (files.length === 0) return undefined
    const paths = files.map(({ path }) => join(runtime.dataDir, path))
    const sql = `select * from ${parquet(paths)} where request_id = $1 and "row" = $2 and role <> 'shadow' limit 1`
    return (await runtime.analytics.rows(sql, [requestId, row]))[0]
  }
  const found = await find()
  if (found !== undefined) return found
  await keeper.flush()
  return find()
}

type Label = Prediction['label']

async function labelOf(
  runtime: Runtime,
  keeper: LogKeeper,
  endpoint: string,
  { requestId, row = 0 }: PredictionIdParts,
  { workspace }: CallContext,
): Promise<Label> {
  const reads = logReads(runtime.database.reader, workspace)
  if (await reads.hasWaitingLabels(endpoint, requestId)) await keeper.flush()
  const files = await reads.labelFiles(endpoint, requestId, requestId)
  if (files.length === 0) return null
  const [found] = await runtime.analytics.rows(
    `select value, event_time_ms, received_at_ms from ${parquet(files.map(({ path }) => join(runtime.dataDir, path)))}
     where request_id = $1 and "row" = $2 order by sequence desc limit 1`,
    [requestId, row],
  )
  return found === undefined ? null : toLabel(found)
}

async function labelsOf(runtime: Runtime, paths: readonly string[], rows: readonly Row[]): Promise<Map<string, Label>> {
  if (paths.length === 0 || rows.length === 0) return new Map()
  const ids = rows.map((row) => `'${textOf(row, 'prediction_id').replaceAll("'", "''")}'`).join(', ')
  const found = await runtime.analytics.rows(
    `select prediction_id, arg_max(value, sequence) as value, arg_max(event_time_ms, sequence) as event_time_ms,
       arg_max(received_at_ms, sequence) as received_at_ms
     from ${parquet(paths)} where prediction_id in (${ids}) group by prediction_id`,
  )
  return new Map(found.map((row) => [textOf(row, 'prediction_id'), toLabel(row)]))
}

function toLabel(row: Row): Label {
  const value = row['value']
  return {
    value: typeof value === 'number' ? value : null,
    eventTimeMs: Number(row['event_time_ms']),
    receivedAtMs: Number(row['received_at_ms']),
  }
}

function toPrediction(row: Row, label: Label | undefined): Prediction {
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
    inputs: membersOf(row, 'in.'),
    outputs: membersOf(row, 'out.'),
    label: label ?? null,
  }
}

function membersOf(row: Row, prefix: string): Record<string, unknown> {
  const members = Object.entries(row).filter(([name]) => name.startsWith(prefix))
  return Object.fromEntries(members.map(([name, value]) => [name.slice(prefix.length), value]))
}

function textOf(row: Row, name: string): string {
  const cell = row[name]
  return typeof cell === 'string' ? cell : ''
}
