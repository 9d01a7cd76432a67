import { join } from 'node:path'
import type { Runtime } from '@millrace/kernel'
import type { Prediction } from '../contract.ts'
import { servingProblem } from '../contract.ts'
import type { LogFileRow } from '../store/tables.ts'
import { labelsOf, parquet, textOf, toPrediction } from './prediction-rows.ts'

/** Event times in [fromMs, toMs). */
export interface Span {
  readonly fromMs: number
  readonly toMs: number
}

export interface PredictionPage {
  readonly items: Prediction[]
  readonly nextPageToken?: string
}

/** Which files to open; paths relative to the data directory. */
export interface ListedFiles {
  readonly files: (span: Span) => Promise<readonly Pick<LogFileRow, 'path' | 'min_event_ms' | 'max_event_ms'>[]>
  readonly labels: (lowRequestId: string, highRequestId: string) => Promise<readonly { readonly path: string }[]>
}

export interface ListWish {
  readonly fromMs?: number | undefined
  readonly toMs?: number | undefined
  readonly versionId?: string | undefined
  readonly limit: number
  /** `<event time>|<prediction id>` of the last row seen. */
  readonly pageToken?: string
}

type Rows = Awaited<ReturnType<Runtime['analytics']['rows']>>

const filesAtOnce = 8

/**
 * A page of the log, the newest event time first. Files are opened from the newest on, and no older ones once the page is
 * full. Throws `model-serving/bad-page-token`.
 */
export async function listPredictions(runtime: Runtime, where: ListedFiles, wish: ListWish): Promise<PredictionPage> {
  const after = cursorOf(wish.pageToken)
  const { fromMs = -8.64e15, toMs = 8.64e15, limit } = wish
  const span = { fromMs, toMs: Math.min(toMs, after.eventMs + 1) }
  const files = [...(await where.files(span))].toSorted((one, other) => other.max_event_ms - one.max_event_ms)
  let found: Rows = []
  for (let at = 0; at < files.length; at += filesAtOnce) {
    const last = found[limit]
    // Everything in the files that follow is older than the last row of a full page.
    if (last !== undefined && Number(last['event_time_ms']) > Number(files[at]?.max_event_ms)) break
    const paths = files.slice(at, at + filesAtOnce).map(({ path }) => join(runtime.dataDir, path))
    found = newest([...found, ...(await readFiles(runtime, paths, { ...wish, ...span, after }))], limit + 1)
  }
  const rows = found.slice(0, limit)
  const labels = await labelsOfRows(runtime, where, rows)
  const items = rows.map((row) => toPrediction(row, labels.get(textOf(row, 'prediction_id'))))
  const last = items.at(-1)
  return found.length > limit && last !== undefined
    ? { items, nextPageToken: `${last.eventTimeMs}|${last.id}` }
    : { items }
}

interface Cursor {
  readonly eventMs: number
  readonly id: string
}

function cursorOf(token: string | undefined): Cursor {
  if (token === undefined) return { eventMs: 8.64e15, id: '~' }
  const [, time, id] = /^(-?\d{1,16})\|(pred_[0-9a-z]{25}\.\d{1,9})$/.exec(token) ?? []
  if (time === undefined || id === undefined) throw servingProblem['bad-page-token']({})
  return { eventMs: Number(time), id }
}

function readFiles(
  runtime: Runtime,
  paths: readonly string[],
  of: Omit<ListWish, 'fromMs' | 'toMs'> & Span & { readonly after: Cursor },
): Promise<Rows> {
  return runtime.analytics.rows(
    `select * from ${parquet(paths)} where event_time_ms >= $1 and event_time_ms < $2 and ($3 = '' or version_id = $3)
       and (event_time_ms < $4 or prediction_id < $5)
     order by event_time_ms desc, prediction_id desc limit ${of.limit + 1}`,
    [of.fromMs, of.toMs, of.versionId ?? '', of.after.eventMs, of.after.id],
  )
}

function newest(rows: Rows, most: number): Rows {
  const eventMs = (row: Rows[number]) => Number(row['event_time_ms'])
  const later = (one: Rows[number], other: Rows[number]) =>
    textOf(one, 'prediction_id') < textOf(other, 'prediction_id') ? 1 : -1
  return rows.toSorted((one, other) => eventMs(other) - eventMs(one) || later(one, other)).slice(0, most)
}

async function labelsOfRows(runtime: Runtime, where: ListedFiles, rows: Rows) {
  const ids = rows.map((row) => textOf(row, 'request_id')).toSorted()
  const [low, high] = [ids[0], ids.at(-1)]
  if (low === undefined || high === undefined) return labelsOf(runtime, [], rows)
  const files = await where.labels(low, high)
  return labelsOf(
    runtime,
    files.map(({ path }) => join(runtime.dataDir, path)),
    rows,
  )
}
