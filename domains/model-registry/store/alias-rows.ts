import { decodePageToken } from '@millrace/contract'
import type { Kysely, Selectable } from 'kysely'
import type { AliasMove, ModelVersionId } from '../model/registered-model.ts'
import type { RegistryTables } from './tables.ts'

type Row = Selectable<RegistryTables['model_registry_alias_move']>

/** A move to be written: ids of the versions, since numbers alone forget what a deleted version was. */
export interface NewMove extends Omit<AliasMove, 'by'> {
  readonly modelId: string
  readonly by: { readonly id: string; readonly name: string }
}

/** Reads and writes aliases and the history of their moves. */
export function aliasRows(db: Kysely<RegistryTables>, workspace: string) {
  const key = ['workspace', 'model_id', 'alias'] as const
  const moves = (modelId: string, alias: string) =>
    db
      .selectFrom('model_registry_alias_move')
      .where('workspace', '=', workspace)
      .where('model_id', '=', modelId)
      .where('alias', '=', alias)
  return {
    find: async (modelId: string, alias: string): Promise<number | undefined> => {
      const rows = db.selectFrom('model_registry_alias').select('version').where('workspace', '=', workspace)
      return (await rows.where('model_id', '=', modelId).where('alias', '=', alias).executeTakeFirst())?.version
    },
    set: (modelId: string, alias: string, version: number) =>
      db
        .insertInto('model_registry_alias')
        .values({ workspace, model_id: modelId, alias, version })
        .onConflict((c) => c.columns(key).doUpdateSet({ version }))
        .execute(),
    remove: (modelId: string, alias: string) =>
      db
        .deleteFrom('model_registry_alias')
        .where('workspace', '=', workspace)
        .where('model_id', '=', modelId)
        .where('alias', '=', alias)
        .execute(),
    addMove: async (move: NewMove) => {
      const last = await moves(move.modelId, move.alias)
        .select((e) => e.fn.max('position').as('last'))
        .executeTakeFirst()
      const row = moveRow(workspace, (last?.last ?? 0) + 1, move)
      await db.insertInto('model_registry_alias_move').values(row).execute()
    },
    /** Newest first; one more than `limit` where there is one. */
    history: async (modelId: string, alias: string, limit: number, pageToken: string | undefined) => {
      const [offset = 0] = decodePageToken(pageToken ?? '') ?? []
      const rows = await moves(modelId, alias)
        .selectAll()
        .orderBy('position', 'desc')
        .limit(limit + 1)
        .offset(Number(offset))
        .execute()
      return rows.map(toMove)
    },
  }
}

function moveRow(workspace: string, position: number, move: NewMove): Row {
  return {
    workspace,
    model_id: move.modelId,
    alias: move.alias,
    position,
    from_version: move.from,
    to_version: move.to,
    from_version_id: move.fromVersionId,
    to_version_id: move.toVersionId,
    at_ms: move.atMs,
    by_id: move.by.id,
    by_name: move.by.name,
    reason: move.reason,
  }
}

function toMove(row: Row): AliasMove {
  return {
    alias: row.alias,
    from: row.from_version,
    to: row.to_version,
    fromVersionId: row.from_version_id as ModelVersionId | null, // written by `moveRow`
    toVersionId: row.to_version_id as ModelVersionId | null,
    atMs: row.at_ms,
    by: { id: row.by_id, name: row.by_name },
    reason: row.reason,
  }
}
