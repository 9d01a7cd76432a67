import type { Scope } from '@millrace/kernel'
import type { Db } from '@millrace/kernel/db'
import { statement, tables } from '@millrace/kernel/db'
import type { Selectable } from 'kysely'
import type { Payload } from '../model/record.ts'
import type { AuditTables } from './tables.ts'

export type RecordRow = Selectable<AuditTables['audit_record']>
export type PayloadRow = AuditTables['audit_payload']

/** What to look for; everything given must hold. */
export interface RecordFilter {
  readonly object?: string | undefined
  readonly kind?: string | undefined
  readonly actor?: string | undefined
  readonly action?: string | undefined
  readonly fromMs?: number | undefined
  readonly toMs?: number | undefined
}

/** A record before it is linked into its chain. */
export type NewRecord = Omit<RecordRow, 'workspace' | 'position' | 'sequence' | 'chain_hash'>

const insertRecord = statement(
  `insert into audit_record (workspace, id, at_ms, actor_id, actor_kind, actor_name, action, object_kind, object_id,
  reason, request_id, before_digest, after_digest, digest) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
)

const insertPayload = statement(
  'insert into audit_payload (workspace, record_id, salt, before, after) values (?, ?, ?, ?, ?)',
)

/** Writes a record, and the states beside it, in the scope's transaction. */
export async function addRecord(scope: Scope, record: NewRecord, payload: Payload | undefined): Promise<void> {
  const { workspace } = scope
  const { id, at_ms, actor_id, actor_kind, actor_name, action, object_kind, object_id } = record
  const { reason, request_id, before_digest, after_digest, digest } = record
  const who = [actor_id, actor_kind, actor_name] as const
  const what = [action, object_kind, object_id, reason, request_id] as const
  await insertRecord(scope, workspace, id, at_ms, ...who, ...what, before_digest, after_digest, digest)
  if (payload !== undefined) await insertPayload(scope, workspace, id, payload.salt, payload.before, payload.after)
}

/** The records of one workspace. */
export function records(db: Db, workspace: string) {
  const audit = tables<AuditTables>(db)
  const own = () => audit.selectFrom('audit_record').selectAll().where('workspace', '=', workspace)
  return {
    find: (id: string): Promise<RecordRow | undefined> => own().where('id', '=', id).executeTakeFirst(),
    payload: (id: string): Promise<PayloadRow | undefined> =>
      audit
        .selectFrom('audit_payload')
        .selectAll()
        .where('workspace', '=', workspace)
        .where('record_id', '=', id)
        .executeTakeFirst(),
    erasePayload: async (id: string): Promise<void> => {
      await audit.deleteFrom('audit_payload').where('workspace', '=', workspace).where('record_id', '=', id).execute()
    },
    /** Newest first, before the place of a page token. */
    list: (
      filter: RecordFilter,
      limit: number,
      before: { atMs: number; position: number } | undefined,
    ): Promise<RecordRow[]> => {
      const { object, kind, actor, action, fromMs, toMs } = filter
      let query = own()
      if (object !== undefined) query = query.where('object_id', '=', object)
      if (kind !== undefined) query = query.where('object_kind', '=', kind)
      if (actor !== undefined)
        query = query.where((e) => e.or([e('actor_id', '=', actor), e('actor_name', '=', actor)]))
      // The contract allows no letter in an action's name that `like` reads in its own way.
      if (action !== undefined) query = query.where('action', 'like', action.replace(/\*$/, '%'))
      if (fromMs !== undefined) query = query.where('at_ms', '>=', fromMs)
      if (toMs !== undefined) query = query.where('at_ms', '<', toMs)
      if (before !== undefined) {
        const { atMs, position } = before
        query = query.where((e) =>
          e.or([e('at_ms', '<', atMs), e.and([e('at_ms', '=', atMs), e('position', '<', position)])]),
        )
      }
      return query.orderBy('at_ms', 'desc').orderBy('position', 'desc').limit(limit).execute()
    },
  }
}
