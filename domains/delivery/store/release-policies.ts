import { decodePageToken } from '@millrace/contract'
import type { Kysely } from 'kysely'
import type { ReleasePolicy } from '../contract.ts'
import { ReleasePolicySpec } from '../contract.ts'
import type { DeliveryTables } from './tables.ts'

type Row = DeliveryTables['delivery_policy']

/** Reads and writes release policies. */
export function releasePolicies(db: Kysely<DeliveryTables>, workspace: string) {
  const rows = () => db.selectFrom('delivery_policy').selectAll().where('workspace', '=', workspace)
  return {
    find: async (name: string): Promise<ReleasePolicy | undefined> => {
      const row = await rows().where('name', '=', name).executeTakeFirst()
      return row === undefined ? undefined : toPolicy(row)
    },
    all: async (): Promise<ReleasePolicy[]> => (await rows().orderBy('name').execute()).map(toPolicy),
    list: async (limit: number, pageToken: string | undefined): Promise<ReleasePolicy[]> => {
      const [after] = decodePageToken(pageToken ?? '') ?? []
      const from = after === undefined ? rows() : rows().where('name', '>', String(after))
      const found = await from
        .orderBy('name')
        .limit(limit + 1)
        .execute()
      return found.map(toPolicy)
    },
    /** A new policy's cron triggers count from now on. */
    put: async ({ name, spec, createdAtMs, updatedAtMs }: ReleasePolicy): Promise<void> => {
      const text = JSON.stringify(spec)
      const times = { cron_checked_at_ms: updatedAtMs, created_at_ms: createdAtMs, updated_at_ms: updatedAtMs }
      await db
        .insertInto('delivery_policy')
        .values({ workspace, name, spec: text, ...times })
        .onConflict((c) => c.columns(['workspace', 'name']).doUpdateSet({ spec: text, updated_at_ms: updatedAtMs }))
        .execute()
    },
    cronCheckedAtMs: async (name: string): Promise<number | undefined> =>
      (await rows().where('name', '=', name).executeTakeFirst())?.cron_checked_at_ms,
    setCronChecked: async (name: string, atMs: number): Promise<void> => {
      await db
        .updateTable('delivery_policy')
        .set({ cron_checked_at_ms: atMs })
        .where('workspace', '=', workspace)
        .where('name', '=', name)
        .execute()
    },
  }
}

export function toPolicy(row: Row): ReleasePolicy {
  const spec = ReleasePolicySpec.parse(JSON.parse(row.spec))
  return { name: row.name, spec, createdAtMs: row.created_at_ms, updatedAtMs: row.updated_at_ms }
}
