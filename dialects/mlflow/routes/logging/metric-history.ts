import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Points } from '@millrace/experiment-tracking'
import { pickPoints, pointsJson, readMetricPage, readMetricPoints, slicePoints } from '@millrace/experiment-tracking'
import type { Message } from '../../wire/message.ts'
import { missing, optionalInteger, optionalText, runId, text, texts } from '../../wire/message.ts'
import { invalid } from '../../wire/mlflow-error.ts'
import { pageToken } from '../../wire/page-token.ts'
import type { Call, Route } from '../../wire/scope.ts'
import { route } from '../../wire/scope.ts'

/** Metrics read back. Answers are written as text here: they hold up to a million points. */
export const metricHistoryRoutes: readonly Route[] = [
  route('GET', 'metrics/get-history', history),
  route('GET', 'metrics/get-history-bulk', bulk),
  route('GET', 'metrics/get-history-bulk-interval', interval),
]

const limits = { runs: 100, history: 25_000, perRun: 2500 }

async function history({ runtime, context, message }: Call): Promise<Buffer> {
  const id = runId(message)
  const key = text(message, 'metric_key')
  const limit = optionalInteger(message, 'max_results') ?? 1_000_000
  if (limit <= 0) {
    throw invalid(`Invalid value ${limit} for parameter 'max_results' supplied. It must be a positive integer.`)
  }
  const token = pageToken(optionalText(message, 'page_token'))
  const { points, nextPageToken } = await readMetricPage(runtime, context, { id, key, order: 'time', limit, ...token })
  const next = nextPageToken === undefined ? [] : [Buffer.from(`"next_page_token":${JSON.stringify(nextPageToken)}`)]
  const list = await listOf(points, headOf(key))
  const separator = list.length > 0 && next.length > 0 ? [comma] : []
  return Buffer.concat([Buffer.from('{'), ...list, ...separator, ...next, Buffer.from('}')])
}

/** Points written at once; between two such portions the event loop has its turn. */
const portion = 25_000

/** The member `metrics` in parts; none where there are no points. */
async function listOf(points: Points, head: string): Promise<Buffer[]> {
  const parts: Buffer[] = []
  for (let start = 0; start < points.length; start += portion) {
    if (start > 0) await nextTurn()
    parts.push(pointsJson(slicePoints(points, start, Math.min(points.length, start + portion)), head))
  }
  return parts.length === 0 ? [] : [Buffer.from('"metrics":['), ...between(parts), Buffer.from(']')]
}

const comma = Buffer.from(',')

/** Parts with commas between them. */
function between(parts: readonly Buffer[]): Buffer[] {
  return parts.flatMap((part, index) => (index === 0 ? [part] : [comma, part]))
}

/** What stands before a point's value. */
function headOf(key: string): string {
  return `{"key":${JSON.stringify(key)},`
}

/** What stands behind a point's step where the run is named. */
function restOf(id: string): string {
  return `,"run_id":${JSON.stringify(id)}}`
}

async function bulk({ runtime, context, message }: Call): Promise<Buffer> {
  const ids = texts(message, 'run_id')
  if (ids.length === 0) throw invalid('GetMetricHistoryBulk request must specify at least one run_id.')
  if (ids.length > limits.runs) {
    throw invalid(
      `GetMetricHistoryBulk request cannot specify more than ${limits.runs} run_ids. Received ${ids.length} run_ids.`,
    )
  }
  const key = optionalText(message, 'metric_key')
  if (key === undefined) throw invalid('GetMetricHistoryBulk request must specify a metric_key.')
  let left = Math.min(optionalInteger(message, 'max_results') ?? limits.history, limits.history)
  const parts: Buffer[] = []
  for (const id of [...new Set(ids)].toSorted()) {
    if (left <= 0) break
    const { points } = await readMetricPage(runtime, context, { id, key, order: 'time', limit: left })
    left -= points.length
    if (points.length > 0) parts.push(pointsJson(points, headOf(key), restOf(id)))
  }
  return metricsOf(parts)
}

function metricsOf(parts: readonly Buffer[]): Buffer {
  return Buffer.concat([Buffer.from('{"metrics":['), ...between(parts), Buffer.from(']}')])
}

async function interval({ runtime, context, message }: Call): Promise<Buffer> {
  const ids = texts(message, 'run_ids')
  if (ids.length === 0) throw missing('run_ids')
  if (ids.length > limits.runs) {
    throw invalid(
      `GetMetricHistoryBulkInterval request must specify at most ${limits.runs} run_ids. Received ${ids.length} run_ids.`,
    )
  }
  const key = text(message, 'metric_key')
  const most = optionalInteger(message, 'max_results') ?? limits.perRun
  if (most < 1 || most > limits.perRun) throw invalid(`max_results must be between 1 and ${limits.perRun}.`)
  const { from, to } = stepsOf(message)
  const parts: Buffer[] = []
  for (const id of ids) {
    const points = await readMetricPoints(runtime, context, { id, key })
    const sample = sampled(placesBetween(points, from, to), most)
    if (sample.length > 0) parts.push(pointsJson(pickPoints(points, sample), headOf(key), restOf(id)))
  }
  return parts.length === 0 ? Buffer.from('{}') : metricsOf(parts)
}

function stepsOf(message: Message): { from: number; to: number } {
  const [from, to] = [optionalInteger(message, 'start_step'), optionalInteger(message, 'end_step')]
  if ((from === undefined) !== (to === undefined)) {
    throw invalid('If either start step or end step are specified, both must be specified.')
  }
  if (from === undefined || to === undefined) return { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY }
  if (from > to) {
    throw invalid(`end_step must be greater than start_step. Found start_step=${from} and end_step=${to}.`)
  }
  return { from, to }
}

function placesBetween({ steps, length }: Points, from: number, to: number): { start: number; end: number } {
  let [start, end] = [0, length]
  while (start < length && (steps[start] ?? 0) < from) start += 1
  while (end > start && (steps[end - 1] ?? 0) > to) end -= 1
  return { start, end }
}

/**
 * The first point of each of `most` groups of equal size, the larger groups first, and the last point of all, as MLflow
 * samples since 3.13 (`ntile`): never more than `most`.
 */
function sampled({ start, end }: { start: number; end: number }, most: number): number[] {
  const count = end - start
  if (count <= most) return Array.from({ length: count }, (_, i) => start + i)
  const [size, larger] = [Math.floor(count / most), count % most]
  const places = Array.from({ length: most }, (_, group) => start + group * size + Math.min(group, larger))
  places[most - 1] = end - 1
  return places
}
