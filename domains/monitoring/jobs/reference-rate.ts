import type { MonitoringTools } from './monitoring-tools.ts'
import type { ReferenceTable } from './plan-columns.ts'
import { kindOf } from './sql-text.ts'

/** The reference's share of positives, where the monitor names its label column; null where it does not. */
export async function referenceRate(
  { readColumnValues }: MonitoringTools,
  reference: ReferenceTable,
  labelColumn: string | null,
): Promise<number | null> {
  const type = labelColumn === null ? undefined : reference.columns.get(labelColumn)
  if (labelColumn === null || type === undefined || kindOf(type) !== 'number') return null
  const values = await readColumnValues({
    of: reference.versionId,
    column: labelColumn,
    type,
    kind: 'number',
    table: reference.table,
  })
  return values.statistics.kind === 'number' && values.statistics.distinct > 0 ? values.statistics.mean : null
}
