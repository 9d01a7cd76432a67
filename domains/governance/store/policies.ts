import { decodePageToken } from '@millrace/contract'
import type { Kysely } from 'kysely'
import type { Policy } from '../contract.ts'
import { PolicySpec } from '../contract.ts'
import type { GovernanceTables } from './tables.ts'

/** Reads and writes policies. */
export function policies(db: Kysely<GovernanceTables>, workspace: string) {
  const rows = () => db.selectFrom('governance_policy').selectAll().where('workspace', '=', workspace)
  return {
    find: async (name: string): Promise<Policy | undefined> => {
      const row = await rows().where('name', '=', name).executeTakeFirst()
      return row === undefined ? undefined : toPolicy(row)
    },
    all: async (): Promise<Policy[]> => (await rows().orderBy('name').execute()).map(toPolicy),
    list: async (limit: number, pageToken: string | undefined): Promise<Policy[]> => {
      const [after] = decodePageToken(pageToken ?? '') ?? []
      const from = after === undefined ? rows() : rows().where('name', '>', String(after))
      const found = await from
        .orderBy('name')
        .limit(limit + 1)
        .execute()
      return found.map(toPolicy)
    },
    put: async (policy: Policy): Promise<void> => {
      const { name, createdAtMs, updatedAtMs } = policy
      const spec = JSON.stringify(policy.spec)
      await db
        .insertInto('governance_policy')
        .values({ workspace, name, spec, created_at_ms: createdAtMs, updated_at_ms: updatedAtMs })
        .onConflict((c) => c.columns(['workspace', 'name']).doUpdateSet({ spec, updated_at_ms: updatedAtMs }))
        .execute()
    },
  }
}

function toPolicy(row: GovernanceTables['governance_policy']): Policy {
  const { name, created_at_ms: createdAtMs, updated_at_ms: updatedAtMs } = row
  return { name, spec: PolicySpec.parse(JSON.parse(row.spec)), createdAtMs, updatedAtMs }
}
