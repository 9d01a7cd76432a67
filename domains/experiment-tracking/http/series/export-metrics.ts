import { mkdir, open, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { CallContext, Runtime } from '@millrace/kernel'
import type { z } from 'zod'
import type * as contract from '../../contract.ts'
import type { Points } from '../../model/series/points.ts'
import { at } from '../../model/series/points.ts'
import { wideText } from '../../model/series/wide.ts'
import { mayRead, metricsOf, mustExist } from './read-points.ts'

type Wish = z.output<(typeof contract.exportMetrics)['input']>

/** A file of metrics on its way out. */
export interface ExportedMetrics {
  readonly mediaType: string
  readonly fileName: string
  readonly body: Readable
}

/**
 * Every point of a run's metrics as CSV or Parquet (run_id, key, step, timestamp_ms, value). One series at a time is in
 * memory; Parquet is made from a temporary file by the analytics process. Throws `run-not-found`, `access/forbidden`.
 */
export async function exportMetrics(runtime: Runtime, context: CallContext, wish: Wish): Promise<ExportedMetrics> {
  const { id, format } = wish
  await mayRead(runtime, context, id)
  await mustExist(runtime, context, id)
  const seen = { fraction: false }
  const lines = csvOf(runtime, context, wish, seen)
  const fileName = `metrics-${id}.${format}`
  if (format === 'csv') return { mediaType: 'text/csv; charset=utf-8', fileName, body: Readable.from(lines) }
  return { mediaType: 'application/vnd.apache.parquet', fileName, body: await parquetOf(runtime, lines, seen) }
}

const linesPerPart = 20_000

/** What was met while lines were written. */
interface Seen {
  fraction: boolean
}

async function* csvOf(runtime: Runtime, context: CallContext, { id, keys }: Wish, seen: Seen): AsyncGenerator<string> {
  const metrics = metricsOf(runtime, context)
  yield 'run_id,key,step,timestamp_ms,value\n'
  for (const key of keys ?? (await metrics.keys(id))) {
    const points = await metrics.whole(id, key)
    const head = `${id},${quoted(key)},`
    seen.fraction ||= points.steps.some((step) => !Number.isInteger(step))
    for (let start = 0; start < points.length; start += linesPerPart) {
      yield csvLines(points, start, Math.min(points.length, start + linesPerPart), head)
    }
  }
}

function csvLines(points: Points, start: number, end: number, head: string): string {
  const { steps, stepLows, times, timeLows, values } = points
  let lines = ''
  for (let i = start; i < end; i += 1) {
    const step = wideText(at(steps, i), at(stepLows, i))
    lines += `${head}${step},${wideText(at(times, i), at(timeLows, i))},${at(values, i)}\n`
  }
  return lines
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** Parquet of CSV lines. Its temporary files are gone when the stream ends, however it ends. */
async function parquetOf(runtime: Runtime, lines: AsyncIterable<string>, seen: Seen): Promise<Readable> {
  const folder = join(runtime.dataDir, 'experiment-tracking', 'exports', runtime.newHexId())
  await mkdir(folder, { recursive: true })
  const [csv, parquet] = [join(folder, 'metrics.csv'), join(folder, 'metrics.parquet')]
  const remove = () => rm(folder, { recursive: true, force: true })
  try {
    await writeFile(csv, lines)
    // Steps are exact to 64 bits, unless one has a fraction.
    const stepType = seen.fraction ? 'DOUBLE' : 'BIGINT'
    await runtime.analytics.rows(
      `COPY (SELECT run_id, key, try_cast(step AS ${stepType}) AS step,
        try_cast(timestamp_ms AS BIGINT) AS timestamp_ms, try_cast(value AS DOUBLE) AS value
      FROM read_csv($1, header = true, all_varchar = true)) TO ${literal(parquet)} (FORMAT parquet, COMPRESSION zstd)`,
      [csv],
    )
    const body = (await open(parquet)).createReadStream()
    body.once('close', () => void remove())
    return body
  } catch (error) {
    await remove()
    throw error
  }
}

function literal(path: string): string {
  return `'${path.replaceAll("'", "''")}'`
}
