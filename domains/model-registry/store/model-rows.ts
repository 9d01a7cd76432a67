import { decodePageToken } from '@millrace/contract'
import type { Kysely, Selectable } from 'kysely'
import type { RegisteredModel } from '../model/registered-model.ts'
import { ModelSpec } from '../model/registered-model.ts'
import type { RegistryTables } from './tables.ts'

type Row = Selectable<RegistryTables['model_registry_model']>

/** A registered model; `lastNumber` is the highest version number ever given out. */
export interface StoredModel extends RegisteredModel {
  readonly lastNumber: number
}

/** Reads and writes registered models. */
export function modelRows(db: Kysely<RegistryTables>, workspace: string) {
  const rows = () => db.selectFrom('model_registry_model').selectAll().where('workspace', '=', workspace)
  const whole = async (found: readonly Row[]): Promise<StoredModel[]> => {
    const ids = found.map((row) => row.id)
    const aliases = await aliasesOf(db, workspace, ids)
    const latest = await latestOf(db, workspace, ids)
    return found.map((row) => toModel(row, aliases.get(row.id) ?? {}, latest.get(row.id) ?? null))
  }
  const one = async (row: Row | undefined) => (row === undefined ? undefined : (await whole([row]))[0])
  return {
    find: async (name: string) => one(await rows().where('name', '=', name).executeTakeFirst()),
    names: async (ids: readonly string[]): Promise<Map<string, string>> => {
      if (ids.length === 0) return new Map()
      return new Map((await rows().where('id', 'in', ids).execute()).map((row) => [row.id, row.name]))
    },
    list: async (limit: number, pageToken: string | undefined) => {
      const [after] = decodePageToken(pageToken ?? '') ?? []
      const from = after === undefined ? rows() : rows().where('name', '>', String(after))
      return whole(
        await from
          .orderBy('name')
          .limit(limit + 1)
          .execute(),
      )
    },
    insert: (model: { id: string; name: string; spec: ModelSpec; nowMs: number }) => {
      const { id, name, spec, nowMs } = model
      const row = {
        workspace,
        id,
        name,
        spec: JSON.stringify(spec),
        last_version: 0,
        created_at_ms: nowMs,
        updated_at_ms: nowMs,
      }
      return db.insertInto('model_registry_model').values(row).execute()
    },
    update: (id: string, set: Partial<Pick<Row, 'name' | 'spec' | 'last_version' | 'updated_at_ms'>>) =>
      db.updateTable('model_registry_model').set(set).where('workspace', '=', workspace).where('id', '=', id).execute(),
    remove: (id: string) =>
      db.deleteFrom('model_registry_model').where('workspace', '=', workspace).where('id', '=', id).execute(),
  }
}

async function aliasesOf(db: Kysely<RegistryTables>, workspace: string, ids: readonly string[]) {
  const byModel = new Map<string, Record<string, number>>()
  if (ids.length === 0) return byModel
  const rows = await db
    .selectFrom('model_registry_alias')
    .selectAll()
    .where('workspace', '=', workspace)
    .where('model_id', 'in', ids)
    .orderBy('alias')
    .execute()
  for (const row of rows) byModel.set(row.model_id, { ...byModel.get(row.model_id), [row.alias]: row.version })
  return byModel
}

async function latestOf(db: Kysely<RegistryTables>, workspace: string, ids: readonly string[]) {
  if (ids.length === 0) return new Map<string, number>()
  const rows = await db
    .selectFrom('model_registry_version')
    .select((e) => ['model_id', e.fn.max('version').as('latest')])
    .where('workspace', '=', workspace)
    .where('model_id', 'in', ids)
    .groupBy('model_id')
    .execute()
  return new Map(rows.map((row) => [row.model_id, row.latest]))
}

function toModel(row: Row, aliases: Record<string, number>, latestVersion: number | null): StoredModel {
  const spec = ModelSpec.parse(JSON.parse(row.spec))
  return {
    id: row.id as RegisteredModel['id'], // made by this domain, so it has the brand
    name: row.name,
    description: spec.description,
    riskTier: spec.riskTier,
    latestVersion,
    aliases,
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
    spec,
    lastNumber: row.last_version,
  }
}
