import type { RowSnapshot, StoredValue } from '@millrace/kernel/backup'

/** The domains that an export holds: their tables, by the beginnings of their names. */
export const exportedDomains = ['experiment_tracking', 'model_registry', 'datasets', 'lineage', 'traces'] as const

/** What belongs to a server rather than to the work in a workspace. */
const leftOut = new Set([
  'experiment_tracking_purge',
  'experiment_tracking_retired_number',
  'experiment_tracking_quota',
  'experiment_tracking_points_day',
  'experiment_tracking_upload',
  'experiment_tracking_upload_part',
])

/** Holds that go along: those of things that are in the export themselves. */
const holders = new Set(['model-version', 'evidence', 'run', 'logged-model', 'dataset-version'])

/** The audit goes along as evidence: it is never mixed with the chain of the server that it comes to. */
export const auditTables = ['audit_record', 'audit_payload'] as const

const isAudit = (table: string) => auditTables.some((name) => name === table)

/** Columns that a store counts by itself. */
export const countedColumns: Readonly<Record<string, string>> = {
  experiment_tracking_log: 'sequence',
  audit_record: 'position',
}

type Tables = RowSnapshot['tables']

const migrationsOf = (name: string) => exportedDomains.some((domain) => name === `${domain}_migration`)

/** A snapshot of one workspace alone, with the migrations that its tables had. */
export function onlyWorkspace(all: RowSnapshot, workspace: string): RowSnapshot {
  const tables: Tables = all.tables.filter(
    ({ name, columns }) => migrationsOf(name) || (columns.includes('workspace') && isExported(name)),
  )
  return {
    ...all,
    tables,
    sequences: {},
    async *rows(table) {
      const columns = tables.find(({ name }) => name === table)?.columns ?? []
      const at = columns.indexOf('workspace')
      const holderAt = table === 'kernel_hold' ? columns.indexOf('holder_kind') : -1
      for await (const row of all.rows(table)) {
        if (migrationsOf(table) || (row[at] === workspace && isKept(row, holderAt))) yield row
      }
    },
  }
}

/** Whether rows of a table go along; a file that somebody else made may not bring others. */
export function isExported(name: string): boolean {
  if (leftOut.has(name)) return false
  return name === 'kernel_hold' || isAudit(name) || exportedDomains.some((domain) => name.startsWith(`${domain}_`))
}

function isKept(row: readonly StoredValue[], holderAt: number): boolean {
  return holderAt < 0 || holders.has(String(row[holderAt]))
}
