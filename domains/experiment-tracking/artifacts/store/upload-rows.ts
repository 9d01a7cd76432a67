import type { UploadedPart } from '@millrace/kernel'
import type { Kysely, Selectable } from 'kysely'
import type { TrackingTables } from '../../store/tables.ts'
import type { KeptUpload } from '../model/upload.ts'
import type { Owner } from './artifact-rows.ts'

type Row = Selectable<TrackingTables['experiment_tracking_upload']>

/** What makes two uploads one. */
export type UploadedFile = Pick<KeptUpload, 'path' | 'sizeBytes' | 'digest' | 'direct'>

/** Reads and writes what is known of uploads. */
export function uploadRows(db: Kysely<TrackingTables>, workspace: string) {
  const table = 'experiment_tracking_upload' as const
  const parts = 'experiment_tracking_upload_part' as const
  return {
    ...partRows(db, workspace),
    find: async (owner: Owner, id: string): Promise<KeptUpload | undefined> => {
      const found = db.selectFrom(table).selectAll().where('workspace', '=', workspace).where('id', '=', id)
      const mine = found.where('owner_kind', '=', owner.kind).where('owner_id', '=', owner.id)
      const row = await mine.executeTakeFirst()
      return row === undefined ? undefined : toUpload(row)
    },
    findFile: async (owner: Owner, file: UploadedFile): Promise<KeptUpload | undefined> => {
      const found = db.selectFrom(table).selectAll().where('workspace', '=', workspace)
      const row = await found
        .where('owner_kind', '=', owner.kind)
        .where('owner_id', '=', owner.id)
        .where('path', '=', file.path)
        .where('size_bytes', '=', file.sizeBytes)
        .where('digest', '=', file.digest)
        .where('is_direct', '=', file.direct ? 1 : 0)
        .executeTakeFirst()
      return row === undefined ? undefined : toUpload(row)
    },
    /** False where an upload of the same file is there. */
    add: async (owner: Owner, upload: KeptUpload): Promise<boolean> => {
      const { numInsertedOrUpdatedRows = 0n } = await db
        .insertInto(table)
        .values({ workspace, owner_kind: owner.kind, owner_id: owner.id, ...toRow(upload) })
        .onConflict((c) => c.doNothing())
        .executeTakeFirst()
      return numInsertedOrUpdatedRows > 0n
    },
    /** Moves the offset on, if it is still where the part began. */
    advance: async (id: string, from: number, to: number, expiresAtMs: number): Promise<boolean> => {
      const { numUpdatedRows } = await db
        .updateTable(table)
        .set({ offset_bytes: to, expires_at_ms: expiresAtMs })
        .where('workspace', '=', workspace)
        .where('id', '=', id)
        .where('offset_bytes', '=', from)
        .where('is_ended', '=', 0)
        .executeTakeFirst()
      return numUpdatedRows > 0n
    },
    end: async (id: string): Promise<void> => {
      const mine = db.updateTable(table).set({ is_ended: 1 }).where('workspace', '=', workspace)
      await mine.where('id', '=', id).execute()
      await db.deleteFrom(parts).where('workspace', '=', workspace).where('upload_id', '=', id).execute()
    },
    remove: async (id: string): Promise<void> => {
      await db.deleteFrom(parts).where('workspace', '=', workspace).where('upload_id', '=', id).execute()
      await db.deleteFrom(table).where('workspace', '=', workspace).where('id', '=', id).execute()
    },
  }
}

/** The parts that the store has of uploads. */
function partRows(db: Kysely<TrackingTables>, workspace: string) {
  const table = 'experiment_tracking_upload_part' as const
  return {
    addPart: (id: string, part: UploadedPart, digest: string) =>
      db.insertInto(table).values({ workspace, upload_id: id, number: part.number, etag: part.etag, digest }).execute(),
    partsOf: (id: string): Promise<UploadedPart[]> =>
      db
        .selectFrom(table)
        .select(['number', 'etag'])
        .where('workspace', '=', workspace)
        .where('upload_id', '=', id)
        .orderBy('number')
        .execute(),
  }
}

/** An upload of any workspace that nobody goes on with. */
export interface ExpiredUpload extends KeptUpload {
  readonly workspace: string
  readonly owner: Owner
}

/** Uploads of all workspaces that are over, oldest first. */
export async function expiredUploads(
  db: Kysely<TrackingTables>,
  nowMs: number,
  limit: number,
): Promise<ExpiredUpload[]> {
  const over = db.selectFrom('experiment_tracking_upload').selectAll().where('expires_at_ms', '<=', nowMs)
  const rows = await over.orderBy('expires_at_ms').limit(limit).execute()
  return rows.map((row) => ({
    ...toUpload(row),
    workspace: row.workspace,
    owner: { kind: row.owner_kind === 'run' ? 'run' : 'logged-model', id: row.owner_id },
  }))
}

function toUpload(row: Row): KeptUpload {
  return {
    id: row.id,
    path: row.path,
    sizeBytes: row.size_bytes,
    digest: row.digest,
    partBytes: row.part_bytes,
    offset: row.offset_bytes,
    direct: row.is_direct === 1,
    expiresAtMs: row.expires_at_ms,
    root: row.root,
    handle: row.handle,
    ended: row.is_ended === 1,
  }
}

function toRow(upload: KeptUpload) {
  return {
    id: upload.id,
    path: upload.path,
    size_bytes: upload.sizeBytes,
    digest: upload.digest,
    part_bytes: upload.partBytes,
    offset_bytes: upload.offset,
    root: upload.root,
    handle: upload.handle,
    is_direct: upload.direct ? 1 : 0,
    is_ended: upload.ended ? 1 : 0,
    expires_at_ms: upload.expiresAtMs,
  }
}
