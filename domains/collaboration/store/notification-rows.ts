import { decodePageToken } from '@millrace/contract'
import type { Kysely, Selectable } from 'kysely'
import { Channel, Rule } from '../model/notification.ts'
import type { CollaborationTables } from './tables.ts'

/** A channel with all of its spec, sealed. */
export interface StoredChannel {
  readonly channel: Channel
  readonly sealedSpec: string
}

/** Reads and writes channels. */
export function channelRows(db: Kysely<CollaborationTables>, workspace: string) {
  const rows = () => db.selectFrom('collaboration_channel').selectAll().where('workspace', '=', workspace)
  return {
    find: async (name: string): Promise<StoredChannel | undefined> => {
      const row = await rows().where('name', '=', name).executeTakeFirst()
      return row === undefined ? undefined : { channel: toChannel(row), sealedSpec: row.sealed_spec }
    },
    /** By name; one more than `limit` where there is one. */
    list: async (limit: number, pageToken: string | undefined): Promise<Channel[]> => {
      const [after = ''] = decodePageToken(pageToken ?? '') ?? []
      const found = await rows()
        .where('name', '>', String(after))
        .orderBy('name')
        .limit(limit + 1)
        .execute()
      return found.map(toChannel)
    },
    save: async ({ channel, sealedSpec }: StoredChannel): Promise<void> => {
      const changes = {
        kind: channel.kind,
        target: channel.target,
        signed: channel.signed ? 1 : 0,
        sealed_spec: sealedSpec,
        updated_at_ms: channel.updatedAtMs,
      }
      const made = { created_at_ms: channel.createdAtMs, created_by: channel.createdBy }
      await db
        .insertInto('collaboration_channel')
        .values({ workspace, name: channel.name, ...changes, ...made })
        .onConflict((c) => c.columns(['workspace', 'name']).doUpdateSet(changes))
        .execute()
    },
    remove: (name: string) =>
      db.deleteFrom('collaboration_channel').where('workspace', '=', workspace).where('name', '=', name).execute(),
  }
}

/** Reads and writes rules. */
export function ruleRows(db: Kysely<CollaborationTables>, workspace: string) {
  const rows = () => db.selectFrom('collaboration_rule').selectAll().where('workspace', '=', workspace)
  return {
    find: async (name: string): Promise<Rule | undefined> => {
      const row = await rows().where('name', '=', name).executeTakeFirst()
      return row === undefined ? undefined : toRule(row)
    },
    all: async (): Promise<Rule[]> => (await rows().orderBy('name').execute()).map(toRule),
    /** By name; one more than `limit` where there is one. */
    list: async (limit: number, pageToken: string | undefined): Promise<Rule[]> => {
      const [after = ''] = decodePageToken(pageToken ?? '') ?? []
      const found = await rows()
        .where('name', '>', String(after))
        .orderBy('name')
        .limit(limit + 1)
        .execute()
      return found.map(toRule)
    },
    save: async (rule: Rule): Promise<void> => {
      const changes = { spec: JSON.stringify(rule.spec), updated_at_ms: rule.updatedAtMs }
      const made = { created_at_ms: rule.createdAtMs, created_by: rule.createdBy }
      await db
        .insertInto('collaboration_rule')
        .values({ workspace, name: rule.name, ...changes, ...made })
        .onConflict((c) => c.columns(['workspace', 'name']).doUpdateSet(changes))
        .execute()
    },
    remove: (name: string) =>
      db.deleteFrom('collaboration_rule').where('workspace', '=', workspace).where('name', '=', name).execute(),
  }
}

function toChannel(row: Selectable<CollaborationTables['collaboration_channel']>): Channel {
  return Channel.parse({
    name: row.name,
    kind: row.kind,
    target: row.target,
    signed: row.signed === 1,
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
    createdBy: row.created_by,
  })
}

function toRule(row: Selectable<CollaborationTables['collaboration_rule']>): Rule {
  return Rule.parse({
    name: row.name,
    spec: JSON.parse(row.spec) as unknown,
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
    createdBy: row.created_by,
  })
}
