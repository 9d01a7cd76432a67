import { decodePageToken } from '@millrace/contract'
import type { Kysely, Selectable } from 'kysely'
import { Webhook } from '../model/webhook.ts'
import type { CollaborationTables } from './tables.ts'

type Row = Selectable<CollaborationTables['collaboration_webhook']>

/** A webhook with its sealed secret. */
export interface StoredWebhook {
  readonly webhook: Webhook
  readonly sealedSecret: string | null
}

export interface WebhookSearch {
  readonly limit: number
  readonly pageToken?: string | undefined
  readonly format?: string | undefined
}

/** Reads and writes webhooks. */
export function webhookRows(db: Kysely<CollaborationTables>, workspace: string) {
  const rows = () => db.selectFrom('collaboration_webhook').selectAll().where('workspace', '=', workspace)
  return {
    find: async (id: string): Promise<StoredWebhook | undefined> => {
      const row = await rows().where('id', '=', id).executeTakeFirst()
      return row === undefined ? undefined : { webhook: toWebhook(row), sealedSecret: row.sealed_secret }
    },
    active: async (): Promise<Webhook[]> => (await rows().where('active', '=', 1).execute()).map(toWebhook),
    /** Newest first; one more than `limit` where there is one. */
    list: async ({ limit, pageToken, format }: WebhookSearch): Promise<Webhook[]> => {
      const [atMs, id] = decodePageToken(pageToken ?? '') ?? []
      const all = format === undefined ? rows() : rows().where('format', '=', format)
      const from =
        id === undefined
          ? all
          : all.where((e) =>
              e.or([
                e('created_at_ms', '<', Number(atMs)),
                e.and([e('created_at_ms', '=', Number(atMs)), e('id', '<', String(id))]),
              ]),
            )
      const found = await from
        .orderBy('created_at_ms', 'desc')
        .orderBy('id', 'desc')
        .limit(limit + 1)
        .execute()
      return found.map(toWebhook)
    },
    save: async ({ webhook, sealedSecret }: StoredWebhook): Promise<void> => {
      const {
        workspace: _where,
        id,
        created_at_ms: _at,
        created_by: _by,
        ...changes
      } = toRow(workspace, webhook, sealedSecret)
      await db
        .insertInto('collaboration_webhook')
        .values(toRow(workspace, webhook, sealedSecret))
        .onConflict((c) => c.column('id').doUpdateSet({ ...changes, id }))
        .execute()
    },
    remove: (id: string) =>
      db.deleteFrom('collaboration_webhook').where('workspace', '=', workspace).where('id', '=', id).execute(),
  }
}

function toWebhook(row: Row): Webhook {
  return Webhook.parse({
    id: row.id,
    name: row.name,
    description: row.description,
    url: row.url,
    events: JSON.parse(row.events) as unknown,
    format: row.format,
    active: row.active === 1,
    signed: row.sealed_secret !== null,
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
    createdBy: row.created_by,
  })
}

function toRow(workspace: string, webhook: Webhook, sealedSecret: string | null): Row {
  return {
    workspace,
    id: webhook.id,
    name: webhook.name,
    description: webhook.description,
    url: webhook.url,
    events: JSON.stringify(webhook.events),
    format: webhook.format,
    active: webhook.active ? 1 : 0,
    sealed_secret: sealedSecret,
    created_at_ms: webhook.createdAtMs,
    updated_at_ms: webhook.updatedAtMs,
    created_by: webhook.createdBy,
  }
}
