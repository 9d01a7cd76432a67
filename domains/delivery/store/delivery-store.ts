import { operations } from '@millrace/kernel'
import type { Db } from '@millrace/kernel/db'
import { tables } from '@millrace/kernel/db'
import type { ReleasePolicy } from '../contract.ts'
import { releasePolicies, toPolicy } from './release-policies.ts'
import { releaseLists, releases, triggers } from './releases.ts'
import type { DeliveryTables } from './tables.ts'

/** The store of delivery for one workspace. */
export function deliveryStore(untyped: Db, workspace: string) {
  const db = tables<DeliveryTables>(untyped)
  return {
    policies: releasePolicies(db, workspace),
    releases: { ...releases(db, workspace), ...releaseLists(db, workspace) },
    triggers: triggers(db, workspace),
  }
}

export type DeliveryStore = ReturnType<typeof deliveryStore>

export const { action, query } = operations(deliveryStore)

/** Open releases of all workspaces that have not moved since `beforeMs`: what the chore looks after. */
export async function restingReleases(untyped: Db, beforeMs: number): Promise<{ workspace: string; id: string }[]> {
  return tables<DeliveryTables>(untyped)
    .selectFrom('delivery_release')
    .select(['workspace', 'id'])
    .where('open', '=', 1)
    .where('updated_at_ms', '<=', beforeMs)
    .orderBy('updated_at_ms')
    .limit(1000)
    .execute()
}

/** All policies of all workspaces, and until when their cron triggers were looked at. */
export async function policiesOfAll(
  untyped: Db,
): Promise<{ readonly workspace: string; readonly policy: ReleasePolicy; readonly checkedAtMs: number }[]> {
  const rows = await tables<DeliveryTables>(untyped).selectFrom('delivery_policy').selectAll().execute()
  return rows.map((row) => ({
    workspace: row.workspace,
    policy: toPolicy(row),
    checkedAtMs: row.cron_checked_at_ms,
  }))
}
