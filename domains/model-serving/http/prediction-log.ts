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
import type { PredictionPage, Span } from './list-predictions.ts'
import { listPredictions } from './list-predictions.ts'
import type { Label } from './prediction-rows.ts'
import { parquet, toLabel, toPrediction } from './prediction-rows.ts'

/** Reads the prediction log. What is still in a spool is compacted first where it is needed. */
export interface PredictionLog {
  /** Throws `not-a-prediction-id`, `unknown-prediction`. A request's id means its first row. */
  read(id: string, context: CallContext): Promise<Prediction>
  list(input: InputOf<typeof contract.listPredictions>, context: CallContext): Promise<PredictionPage>
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
    list: async ({ name, pageToken, ...span }, context) => {
      await keeper.flush()
      const files = (of: Span) => reads(context).filesInWindow(name, of.fromMs, of.toMs)
      const labels = (low: string, high: string) => reads(context).labelFiles(name, low, high)
      return listPredictions(runtime, { files, labels }, { ...span, ...(pageToken === undefined ? {} : { pageToken }) })
    },
  }
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
    // Ranges rarely overlap, so the first file is the one; the narrowest is the likeliest.
    for (const { path } of files.toSorted((one, other) => one.rows - other.rows)) {
      const sql = `select * from ${parquet([join(runtime.dataDir, path)])} where request_id = $1 and "row" = $2 and role <> 'shadow' limit 1`
      const [found] = await runtime.analytics.rows(sql, [requestId, row])
      if (found !== undefined) return found
    }
    return undefined
  }
  const found = await find()
  if (found !== undefined) return found
  await keeper.flush()
  return find()
}

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
