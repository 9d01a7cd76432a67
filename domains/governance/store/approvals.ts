import { decodePageToken } from '@millrace/contract'
import type { Kysely } from 'kysely'
import type { Approval } from '../contract.ts'
import { Approval as ApprovalSchema } from '../contract.ts'
import type { GovernanceTables } from './tables.ts'

export interface ApprovalFilter {
  readonly limit: number
  readonly pageToken?: string | undefined
  readonly state?: string | undefined
  readonly versionId?: string | undefined
}

/** Reads and writes approvals. */
export function approvals(db: Kysely<GovernanceTables>, workspace: string) {
  const rows = () => db.selectFrom('governance_approval').selectAll().where('workspace', '=', workspace)
  return {
    find: async (id: string): Promise<Approval | undefined> => {
      const row = await rows().where('id', '=', id).executeTakeFirst()
      return row === undefined ? undefined : toApproval(row)
    },
    byIds: async (ids: readonly string[]): Promise<Approval[]> => {
      if (ids.length === 0) return []
      const found = await rows()
        .where('id', 'in', [...ids])
        .execute()
      return found.map(toApproval)
    },
    /** The approvals of a version, the newest first. */
    ofVersion: async (versionId: string): Promise<Approval[]> => {
      const found = await rows()
        .where('version_id', '=', versionId)
        .orderBy('requested_at_ms', 'desc')
        .orderBy('id', 'desc')
        .execute()
      return found.map(toApproval)
    },
    list: async ({ limit, pageToken, state, versionId }: ApprovalFilter): Promise<Approval[]> => {
      const [atMs, id] = decodePageToken(pageToken ?? '') ?? []
      let query = rows()
        .orderBy('requested_at_ms', 'desc')
        .orderBy('id', 'desc')
        .limit(limit + 1)
      if (state !== undefined) query = query.where('state', '=', state)
      if (versionId !== undefined) query = query.where('version_id', '=', versionId)
      if (atMs !== undefined && id !== undefined) {
        const after = [Number(atMs), String(id)] as const
        query = query.where((eb) => eb(eb.refTuple('requested_at_ms', 'id'), '<', eb.tuple(...after)))
      }
      return (await query.execute()).map(toApproval)
    },
    add: async (approval: Approval): Promise<void> => {
      const { id, subject, state, requestedAtMs, expiresAtMs } = approval
      const columns = { id, version_id: subject.id, state, requested_at_ms: requestedAtMs, expires_at_ms: expiresAtMs }
      await db
        .insertInto('governance_approval')
        .values({ workspace, ...columns, body: JSON.stringify(approval) })
        .execute()
    },
    save: async (approval: Approval): Promise<void> => {
      await db
        .updateTable('governance_approval')
        .set({ state: approval.state, body: JSON.stringify(approval) })
        .where('workspace', '=', workspace)
        .where('id', '=', approval.id)
        .execute()
    },
  }
}

function toApproval(row: GovernanceTables['governance_approval']): Approval {
  return ApprovalSchema.parse(JSON.parse(row.body))
}
