import { decodePageToken } from '@millrace/contract'
import type { Db } from '@millrace/kernel/db'
import { tables } from '@millrace/kernel/db'
import type { Kysely, Selectable } from 'kysely'
import { MonitorReference, MonitorSpec } from '../contract.ts'
import type { MonitoringTables } from './tables.ts'

type Row = Selectable<MonitoringTables['monitoring_monitor']>

/** A monitor as its row tells it. */
export interface StoredMonitor {
  readonly id: string
  readonly name: string
  readonly spec: MonitorSpec
  readonly reference: MonitorReference
  readonly createdAtMs: number
  readonly updatedAtMs: number
}

/** Reads and writes monitors. */
export function monitorRows(db: Kysely<MonitoringTables>, workspace: string) {
  const rows = () => db.selectFrom('monitoring_monitor').selectAll().where('workspace', '=', workspace)
  const update = (name: string) =>
    db.updateTable('monitoring_monitor').where('workspace', '=', workspace).where('name', '=', name)
  return {
    find: async (name: string) => {
      const row = await rows().where('name', '=', name).executeTakeFirst()
      return row === undefined ? undefined : toMonitor(row)
    },
    byIds: async (ids: readonly string[]) =>
      ids.length === 0 ? [] : (await rows().where('id', 'in', ids).execute()).map(toMonitor),
    list: async (limit: number, pageToken: string | undefined) => {
      const [after] = decodePageToken(pageToken ?? '') ?? []
      const from = after === undefined ? rows() : rows().where('name', '>', String(after))
      const found = await from
        .orderBy('name')
        .limit(limit + 1)
        .execute()
      return found.map(toMonitor)
    },
    insert: ({ id, name, spec, reference, createdAtMs }: StoredMonitor) =>
      db
        .insertInto('monitoring_monitor')
        .values({
          workspace,
          id,
          name,
          endpoint: spec.endpoint,
          spec: JSON.stringify(spec),
          reference: JSON.stringify(reference),
          created_at_ms: createdAtMs,
          updated_at_ms: createdAtMs,
          recorded_at_ms: 0,
        })
        .execute(),
    save: ({ name, spec, reference, updatedAtMs }: StoredMonitor) =>
      update(name)
        .set({
          endpoint: spec.endpoint,
          spec: JSON.stringify(spec),
          reference: JSON.stringify(reference),
          updated_at_ms: updatedAtMs,
        })
        .execute(),
    /** Takes the monitor's row for this transaction. */
    lock: (name: string, nowMs: number) => update(name).set({ recorded_at_ms: nowMs }).execute(),
  }
}

/** All monitors of all workspaces, for the chore that evaluates them. */
export async function everyMonitor(db: Db): Promise<(StoredMonitor & { readonly workspace: string })[]> {
  const rows = await tables<MonitoringTables>(db)
    .selectFrom('monitoring_monitor')
    .selectAll()
    .orderBy('workspace')
    .orderBy('name')
    .execute()
  return rows.map((row) => ({ ...toMonitor(row), workspace: row.workspace }))
}

function toMonitor(row: Row): StoredMonitor {
  return {
    id: row.id,
    name: row.name,
    spec: MonitorSpec.parse(JSON.parse(row.spec)),
    reference: MonitorReference.parse(JSON.parse(row.reference)),
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
  }
}
