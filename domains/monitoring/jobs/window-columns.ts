import type { Analytics, Row } from '@millrace/kernel'
import type { ColumnStatistics } from '../model/column-statistics.ts'
import { comparedQuantiles } from '../model/column-statistics.ts'
import { numberIn, numbersIn, textIn } from './cells.ts'
import type { ColumnValues } from './column-values.ts'
import { double, isWhole, literal } from './sql-text.ts'

/** A column of a window's file, and what it is compared with. */
export interface ComparedColumn {
  /** Its name in the window's file. */
  readonly as: string
  readonly type: string
  readonly reference: ColumnValues
}

export interface WindowColumn {
  readonly statistics: ColumnStatistics
  /** Rows beyond the reference's least and greatest. */
  readonly outside: number
}

/** Columns described by one statement: wide tables are read in slices, so that memory stays bounded. */
const columnsPerStatement = 40

/** The figures of a window's columns, in the columns' order. */
export async function describeColumns(
  analytics: Analytics,
  path: string,
  columns: readonly ComparedColumn[],
): Promise<WindowColumn[]> {
  const described: WindowColumn[] = []
  for (let at = 0; at < columns.length; at += columnsPerStatement) {
    const slice = columns.slice(at, at + columnsPerStatement)
    const [row] = await analytics.rows(
      `select count(*) as rows, ${slice.flatMap(figuresOf).join(', ')} from read_parquet(${literal(path)})`,
    )
    described.push(...slice.map((column) => toColumn(row, column)))
  }
  return described
}

function figuresOf({ as, reference: { statistics } }: ComparedColumn): string[] {
  if (statistics.kind === 'text') return [`count(${as}) as ${as}_usable`]
  const finite = `filter (where isfinite(${as}))`
  return [
    `count(*) ${finite} as ${as}_usable`,
    `min(${as}) ${finite} as ${as}_min`,
    `max(${as}) ${finite} as ${as}_max`,
    `avg(${as}) ${finite} as ${as}_mean`,
    `stddev_pop(${as}) ${finite} as ${as}_std`,
    `quantile_disc(${as}, [${comparedQuantiles.join(', ')}]) ${finite} as ${as}_quantiles`,
    `count(*) filter (where isfinite(${as}) and (${as} < ${double(statistics.min)} or ${as} > ${double(statistics.max)})) as ${as}_outside`,
  ]
}

function toColumn(row: Row | undefined, { as, type, reference }: ComparedColumn): WindowColumn {
  const count = numberIn(row, 'rows')
  const missing = count - numberIn(row, `${as}_usable`)
  if (reference.kind === 'text') return { statistics: { kind: 'text', count, missing, distinct: 0 }, outside: 0 }
  const [min, max, mean, std] = ['min', 'max', 'mean', 'std'].map((name) => numberIn(row, `${as}_${name}`))
  return {
    statistics: {
      kind: 'number',
      count,
      missing,
      wholeNumbers: isWhole(type),
      distinct: 0,
      min: min ?? 0,
      max: max ?? 0,
      mean: mean ?? 0,
      std: std ?? 0,
      quantiles: numbersIn(row, `${as}_quantiles`),
    },
    outside: numberIn(row, `${as}_outside`),
  }
}

/** How many rows each deployment answered. */
export async function deploymentsOf(analytics: Analytics, path: string) {
  const rows = await analytics.rows(
    `select deployment_id, version_id, version, role, count(*) as rows from read_parquet(${literal(path)})
     group by all order by deployment_id, role`,
  )
  return rows.map((row) => ({
    deploymentId: textIn(row, 'deployment_id'),
    versionId: textIn(row, 'version_id'),
    version: numberIn(row, 'version'),
    role: textIn(row, 'role'),
    rows: numberIn(row, 'rows'),
  }))
}
