import { rowsOfValues, statement, statementOfRows } from '@millrace/kernel/db'
import { decodePoints, encodePoints } from '../../model/series/point-codec.ts'
import type { Points } from '../../model/series/points.ts'
import { noPoints } from '../../model/series/points.ts'
import type { Extreme, SeriesPoint, SeriesSummary } from '../../model/series/summary.ts'
import type { On } from './dialect-of.ts'

/** A series as its row has it: what is known without its points, and its newest points, which are in no chunk yet. */
export interface Series {
  readonly summary: SeriesSummary | undefined
  /** How many chunks hold its older points. */
  readonly chunks: number
  /** In order, and after every point of every chunk. */
  readonly tail: Points
}

export const noSeries: Series = { summary: undefined, chunks: 0, tail: noPoints }

const columns = [
  'points',
  'finite_points',
  'sum_value',
  'first_value',
  'first_step',
  'first_step_low',
  'first_at_ms',
  'first_at_low',
  'last_value',
  'is_nan',
  'last_step',
  'last_step_low',
  'last_at_ms',
  'last_at_low',
  'min_value',
  'min_step',
  'max_value',
  'max_step',
  'chunks',
] as const

/** Without points there is no row, so only these may be NULL: what is NaN, and the extremes of nothing but NaN. */
type Nullable = 'sum_value' | 'first_value' | 'last_value' | 'min_value' | 'min_step' | 'max_value' | 'max_step'
type Column = (typeof columns)[number]
type Row = Readonly<Record<Exclude<Column, Nullable>, number>> &
  Readonly<Record<Nullable, number | null>> & { readonly key: string; readonly tail: Uint8Array | null }

const written = ['workspace', 'run_id', 'key', 'experiment', ...columns, 'tail']
const changes = ['experiment', ...columns, 'tail'].map((name) => `${name} = excluded.${name}`).join(', ')

const saveRows = statementOfRows(
  (rows) =>
    `insert into experiment_tracking_metric (${written.join(', ')}) values ${rowsOfValues(rows, written.length)}
    on conflict (workspace, run_id, key) do update set ${changes}`,
)
const remove = statement<readonly [string, string, string]>(
  'delete from experiment_tracking_metric where workspace = ? and run_id = ? and key = ?',
)
const ofRun = statement<readonly [string, string], Row>(
  `select key, ${columns.join(', ')}, tail from experiment_tracking_metric where workspace = ? and run_id = ?`,
)
/** A statement has so many places for keys; a shorter list repeats its last key. */
const keyPlaces = [1, 8, 64] as const
const ofKeys = new Map(
  keyPlaces.map((places) => [
    places,
    statement<readonly string[], Row>(
      `select key, ${columns.join(', ')}, tail from experiment_tracking_metric
      where workspace = ? and run_id = ? and key in ${rowsOfValues(1, places)}`,
    ),
  ]),
)

/** The series of a run under some keys, or all of them. */
export async function readSeriesRows(
  on: On,
  workspace: string,
  runId: string,
  keys?: readonly string[],
): Promise<Map<string, Series>> {
  const rows = await readRows(on, workspace, runId, keys)
  return new Map(rows.map((row) => [row.key, toSeries(row)]))
}

async function readRows(on: On, workspace: string, runId: string, keys?: readonly string[]): Promise<Row[]> {
  if (keys?.length === 0) return []
  const places = keyPlaces.find((count) => count >= (keys?.length ?? Number.POSITIVE_INFINITY))
  const read = places === undefined ? undefined : ofKeys.get(places)
  if (keys === undefined || places === undefined || read === undefined) {
    const wanted = keys === undefined ? undefined : new Set(keys)
    return (await ofRun(on, workspace, runId)).filter((row) => wanted?.has(row.key) ?? true)
  }
  const filled = Array.from({ length: places }, (_, index) => keys[Math.min(index, keys.length - 1)] ?? '')
  return read(on, workspace, runId, ...filled)
}

/** Numbers of rows of one statement: few forms, so that each stays prepared. */
const slices = [64, 16, 4, 1] as const

/** Writes series; those without points are taken out. */
export async function saveSeriesRows(
  on: On,
  of: { workspace: string; runId: string; experiment: number },
  series: ReadonlyMap<string, Series>,
  pause?: () => Promise<unknown>,
): Promise<void> {
  const rows: unknown[][] = []
  for (const [key, one] of series) {
    if (one.summary === undefined) await remove(on, of.workspace, of.runId, key)
    else rows.push([of.workspace, of.runId, key, of.experiment, ...numbersOf(one, one.summary), tailBytes(one)])
  }
  let start = 0
  for (const size of slices) {
    for (; rows.length - start >= size; start += size) {
      await saveRows(on, rows.slice(start, start + size))
      if (size > 16) await pause?.()
    }
  }
}

function tailBytes({ tail }: Series): Uint8Array | null {
  return tail.length === 0 ? null : encodePoints(tail)
}

/** In the order of `columns`. */
function numbersOf({ chunks }: Series, { points, finite, sum, first, last, min, max }: SeriesSummary) {
  return [
    points,
    finite,
    Number.isFinite(sum) ? sum : null,
    ...pointColumns(first),
    orNull(last.value),
    Number.isNaN(last.value) ? 1 : 0,
    ...pointColumns(last).slice(1),
    ...extremeColumns(min),
    ...extremeColumns(max),
    chunks,
  ]
}

function pointColumns({ value, step, at }: SeriesPoint) {
  return [orNull(value), step.high, step.low, at.high, at.low]
}

function extremeColumns(extreme: Extreme | undefined) {
  return extreme === undefined ? [null, null] : [extreme.value, extreme.step]
}

function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value
}

function toSeries(row: Row): Series {
  return {
    summary: {
      points: row.points,
      finite: row.finite_points,
      sum: row.sum_value ?? Number.NaN,
      first: {
        step: { high: row.first_step, low: row.first_step_low },
        at: { high: row.first_at_ms, low: row.first_at_low },
        value: row.first_value ?? Number.NaN,
      },
      last: {
        step: { high: row.last_step, low: row.last_step_low },
        at: { high: row.last_at_ms, low: row.last_at_low },
        value: row.last_value ?? Number.NaN,
      },
      min: extremeOf(row.min_value, row.min_step),
      max: extremeOf(row.max_value, row.max_step),
    },
    chunks: row.chunks,
    tail: row.tail === null ? noPoints : decodePoints(row.tail),
  }
}

function extremeOf(value: number | null, step: number | null): Extreme | undefined {
  return value === null || step === null ? undefined : { value, step }
}
