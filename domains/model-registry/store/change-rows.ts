import { decodePageToken } from '@millrace/contract'
import type { Kysely, Selectable } from 'kysely'
import { RegistryChange } from '../model/registry-change.ts'
import type { RegistryTables } from './tables.ts'

type Row = Selectable<RegistryTables['model_registry_change']>

/** A change with the id that keeps changes of one millisecond apart. */
export interface StoredChange extends RegistryChange {
  readonly id: string
}

export interface ChangeSearch {
  readonly version?: number | undefined
  readonly limit: number
  readonly pageToken?: string | undefined
}

/** Reads and writes the history of models. */
export function changeRows(db: Kysely<RegistryTables>, workspace: string) {
  return {
    add: (modelId: string, change: StoredChange) =>
      db
        .insertInto('model_registry_change')
        .values({
          workspace,
          id: change.id,
          model_id: modelId,
          kind: change.kind,
          version: change.version,
          subject: change.subject,
          from_value: change.from,
          to_value: change.to,
          at_ms: change.atMs,
          by_id: change.by.id,
          by_name: change.by.name,
          reason: change.reason,
        })
        .execute(),
    /** Newest first; one more than `limit` where there is one. */
    list: async (modelId: string, { version, limit, pageToken }: ChangeSearch): Promise<StoredChange[]> => {
      const [atMs, id] = decodePageToken(pageToken ?? '') ?? []
      let found = db
        .selectFrom('model_registry_change')
        .selectAll()
        .where('workspace', '=', workspace)
        .where('model_id', '=', modelId)
      if (version !== undefined) found = found.where('version', '=', version)
      if (id !== undefined) {
        const [lastMs, lastId] = [Number(atMs), String(id)]
        found = found.where((e) =>
          e.or([e('at_ms', '<', lastMs), e.and([e('at_ms', '=', lastMs), e('id', '<', lastId)])]),
        )
      }
      const rows = await found
        .orderBy('at_ms', 'desc')
        .orderBy('id', 'desc')
        .limit(limit + 1)
        .execute()
      return rows.map(toChange)
    },
    removeAll: (modelId: string) =>
      db
        .deleteFrom('model_registry_change')
        .where('workspace', '=', workspace)
        .where('model_id', '=', modelId)
        .execute(),
  }
}

function toChange(row: Row): StoredChange {
  const change = RegistryChange.parse({
    kind: row.kind,
    version: row.version,
    subject: row.subject,
    from: row.from_value,
    to: row.to_value,
    atMs: row.at_ms,
    by: { id: row.by_id, name: row.by_name },
    reason: row.reason,
  })
  return { ...change, id: row.id }
}
