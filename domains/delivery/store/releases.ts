import { decodePageToken } from '@millrace/contract'
import type { Kysely } from 'kysely'
import type { Release } from '../contract.ts'
import { Release as ReleaseSchema } from '../contract.ts'
import { isOpen } from '../model/release.ts'
import type { DeliveryTables } from './tables.ts'

type Row = DeliveryTables['delivery_release']

export interface ReleaseFilter {
  readonly limit: number
  readonly pageToken?: string | undefined
  readonly policy?: string | undefined
  readonly state?: string | undefined
}

/** By what a release is found when something it waits for happens. */
export type Waiting = 'pipeline_run_id' | 'approval_id' | 'version_id'

/** Reads and writes releases. */
export function releases(db: Kysely<DeliveryTables>, workspace: string) {
  const rows = () => db.selectFrom('delivery_release').selectAll().where('workspace', '=', workspace)
  const newestOf = async (policy: string, open: 0 | 1): Promise<Release | undefined> => {
    const row = await rows()
      .where('policy', '=', policy)
      .where('open', '=', open)
      .where('suppressed', '=', 0)
      .orderBy('number', 'desc')
      .executeTakeFirst()
    return row === undefined ? undefined : toRelease(row)
  }
  return {
    find: async (id: string): Promise<Release | undefined> => {
      const row = await rows().where('id', '=', id).executeTakeFirst()
      return row === undefined ? undefined : toRelease(row)
    },
    byIds: async (ids: readonly string[]): Promise<Release[]> => {
      if (ids.length === 0) return []
      const found = await rows()
        .where('id', 'in', [...ids])
        .execute()
      return found.map(toRelease)
    },
    openOf: (policy: string) => newestOf(policy, 1),
    lastEndedOf: (policy: string) => newestOf(policy, 0),
    nextNumber: async (policy: string): Promise<number> => {
      const last = await rows().where('policy', '=', policy).orderBy('number', 'desc').executeTakeFirst()
      return (last?.number ?? 0) + 1
    },
    add: async (release: Release): Promise<void> => {
      const { id, policy, number, endpoint, createdAtMs } = release
      await db
        .insertInto('delivery_release')
        .values({ workspace, id, policy, number, endpoint, created_at_ms: createdAtMs, ...changing(release) })
        .execute()
    },
    save: async (release: Release): Promise<void> => {
      await db
        .updateTable('delivery_release')
        .set(changing(release))
        .where('workspace', '=', workspace)
        .where('id', '=', release.id)
        .execute()
    },
  }
}

/** Lists of releases. */
export function releaseLists(db: Kysely<DeliveryTables>, workspace: string) {
  const rows = () => db.selectFrom('delivery_release').selectAll().where('workspace', '=', workspace)
  return {
    list: async ({ limit, pageToken, policy, state }: ReleaseFilter): Promise<Release[]> => {
      const [atMs, id] = decodePageToken(pageToken ?? '') ?? []
      let query = rows()
        .orderBy('created_at_ms', 'desc')
        .orderBy('id', 'desc')
        .limit(limit + 1)
      if (policy !== undefined) query = query.where('policy', '=', policy)
      if (state !== undefined) query = query.where('state', '=', state)
      if (atMs !== undefined && id !== undefined) {
        const after = [Number(atMs), String(id)] as const
        query = query.where((eb) => eb(eb.refTuple('created_at_ms', 'id'), '<', eb.tuple(...after)))
      }
      return (await query.execute()).map(toRelease)
    },
    openOnes: async (): Promise<Release[]> =>
      (await rows().where('open', '=', 1).orderBy('created_at_ms').execute()).map(toRelease),
    endedOnes: async (limit: number): Promise<Release[]> =>
      (
        await rows().where('open', '=', 0).orderBy('created_at_ms', 'desc').orderBy('id', 'desc').limit(limit).execute()
      ).map(toRelease),
    /** Ids of open releases that wait for something. */
    waitingFor: async (column: Waiting, id: string): Promise<string[]> => {
      const found = await db
        .selectFrom('delivery_release')
        .select('id')
        .where('workspace', '=', workspace)
        .where(column, '=', id)
        .where('open', '=', 1)
        .execute()
      return found.map((row) => row.id)
    },
  }
}

/** Which releases a trigger has become, by its key. */
export function triggers(db: Kysely<DeliveryTables>, workspace: string) {
  return {
    find: async (policy: string, key: string): Promise<string | undefined> => {
      const row = await db
        .selectFrom('delivery_trigger')
        .select('release_id')
        .where('workspace', '=', workspace)
        .where('policy', '=', policy)
        .where('key', '=', key)
        .executeTakeFirst()
      return row?.release_id
    },
    add: async (policy: string, key: string, releaseId: string, atMs: number): Promise<void> => {
      await db
        .insertInto('delivery_trigger')
        .values({ workspace, policy, key, release_id: releaseId, at_ms: atMs })
        .execute()
    },
  }
}

function changing(release: Release) {
  return {
    state: release.state,
    open: isOpen(release) ? 1 : 0,
    suppressed: release.suppressed ? 1 : 0,
    pipeline_run_id: release.pipelineRunId,
    version_id: release.versionId,
    approval_id: release.approvalId,
    rollout_id: release.rolloutId,
    deployment_id: release.deploymentId,
    body: JSON.stringify(release),
    updated_at_ms: release.updatedAtMs,
  }
}

function toRelease(row: Row): Release {
  return ReleaseSchema.parse(JSON.parse(row.body))
}
