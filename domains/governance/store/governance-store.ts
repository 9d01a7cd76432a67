import { operations } from '@millrace/kernel'
import type { Db } from '@millrace/kernel/db'
import { tables } from '@millrace/kernel/db'
import { approvals } from './approvals.ts'
import { cards } from './cards.ts'
import { gates } from './gates.ts'
import { policies } from './policies.ts'
import type { GovernanceTables } from './tables.ts'

/** The store of governance for one workspace. */
export function governanceStore(untyped: Db, workspace: string) {
  const db = tables<GovernanceTables>(untyped)
  return {
    policies: policies(db, workspace),
    gates: gates(db, workspace),
    approvals: approvals(db, workspace),
    cards: cards(db, workspace),
  }
}

export type GovernanceStore = ReturnType<typeof governanceStore>

export const { action, query } = operations(governanceStore)

/** Requests whose time is up, in all workspaces: what the chore that expires them asks. */
export async function overdueApprovals(
  untyped: Db,
  nowMs: number,
): Promise<{ readonly workspace: string; readonly id: string }[]> {
  return tables<GovernanceTables>(untyped)
    .selectFrom('governance_approval')
    .select(['workspace', 'id'])
    .where('state', '=', 'requested')
    .where('expires_at_ms', '<=', nowMs)
    .limit(1000)
    .execute()
}
