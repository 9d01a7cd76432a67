import type { Analytics } from '@millrace/kernel'
import type { Span } from '../model/window-bounds.ts'
import { textIn } from './cells.ts'
import type { PredictionFiles } from './prediction-source.ts'
import type { ColumnKind } from './sql-text.ts'
import { identifier, kindOf, literal, parquetOf } from './sql-text.ts'

/** A column to take into the window's file, under a name of ours. */
export interface TakenColumn {
  /** Its name in the log: `in.distance`. */
  readonly logged: string
  readonly as: string
  readonly kind: Exclude<ColumnKind, 'other'>
}

/** The log's columns and their types. */
export async function loggedColumns(analytics: Analytics, paths: readonly string[]): Promise<Map<string, string>> {
  const rows = await analytics.rows(`describe select * from ${parquetOf(paths)}`)
  return new Map(rows.map((row) => [textIn(row, 'column_name'), textIn(row, 'column_type')]))
}

/** Which column tells the last of several labels of one prediction. */
export async function labelOrder(analytics: Analytics, paths: readonly string[]): Promise<string> {
  const columns = await loggedColumns(analytics, paths)
  return columns.has('sequence') ? 'sequence' : 'received_at_ms'
}

/**
 * Writes the rows of a span, each with its latest label, into one Parquet file: read once, joined once, and then read
 * column by column. Numbers become DOUBLE, which holds FLOAT and integers below 2⁵³ exactly. Shadows never answered
 * anybody, so they do not count.
 */
export async function writeWindowFile(
  analytics: Analytics,
  files: PredictionFiles,
  span: Span,
  target: { readonly path: string; readonly columns: readonly TakenColumn[]; readonly labelsBy: string },
): Promise<void> {
  const taken = target.columns.map(
    ({ logged, as, kind }) => `p.${identifier(logged)}::${kind === 'text' ? 'varchar' : 'double'} as ${as}`,
  )
  const labelled = files.labels.length > 0
  await analytics.rows(`copy (
    with answered as (
      select ${['prediction_id', 'deployment_id', 'version_id', 'version', 'role', ...taken].join(', ')} from ${parquetOf(files.predictions)} p
      where p.event_time_ms >= ${span.fromMs} and p.event_time_ms < ${span.toMs} and p.role <> 'shadow'
    ) ${labelled ? `, ${labelsClause(files.labels, target.labelsBy)}` : ''}
    select answered.* exclude (prediction_id), ${labelled ? 'said.last.v' : 'null::double'} as label from answered
    ${labelled ? 'left join said on said.prediction_id = answered.prediction_id' : ''}
  ) to ${literal(target.path)} (format parquet, compression snappy)`)
}

/**
 * The last label of each prediction of the window: label files hold those of other windows too, so they are sifted
 * first. A struct goes through `max_by` also where its value is null, which takes a label back.
 */
function labelsClause(paths: readonly string[], by: string): string {
  return `said as (
    select prediction_id, max_by(struct_pack(v := value), ${by}) as last from ${parquetOf(paths)}
    where prediction_id in (select prediction_id from answered) group by prediction_id
  )`
}

/** Rows per window number of a grid, from files that may hold more. */
export async function occupiedWindows(
  analytics: Analytics,
  predictions: readonly string[],
  grid: { readonly windowMs: number; readonly alignedToMs: number },
  span: Span,
): Promise<number[]> {
  if (predictions.length === 0) return []
  const rows = await analytics.rows(
    `select distinct floor((event_time_ms - ${grid.alignedToMs}) / ${grid.windowMs})::bigint as place from ${parquetOf(predictions)}
     where event_time_ms >= ${span.fromMs} and event_time_ms < ${span.toMs} and role <> 'shadow' order by place`,
  )
  return rows.map((row) => Number(row['place']))
}

/** Which logged column is the score: `out.<output>`, or the last element of it, or of the last output. */
export function scoreColumn(columns: ReadonlyMap<string, string>, output: string | null): string | undefined {
  const outputs = [...columns].filter(([name, type]) => name.startsWith('out.') && kindOf(type) === 'number')
  const named = outputs
    .map(([name]) => name)
    .filter((name) => output === null || name === `out.${output}` || isElementOf(name, output))
  return named.at(-1)
}

function isElementOf(name: string, output: string): boolean {
  const prefix = `out.${output}.`
  return name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length))
}
