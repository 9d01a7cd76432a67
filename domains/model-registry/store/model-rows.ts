import { decodePageToken } from '@millrace/contract'
import type { Visibility } from '@millrace/kernel'
import type { Dialect } from '@millrace/kernel/db'
import { visibleRows } from '@millrace/kernel/db'
import type { Kysely, Selectable } from 'kysely'
import { sql } from 'kysely'
import type { RegisteredModel } from '../model/registered-model.ts'
import { ModelKind, ModelSpec } from '../model/registered-model.ts'
import type { RegistrySearch } from '../model/registry-search.ts'
import { modelsFound } from './find-rows.ts'
import type { RegistryTables } from './tables.ts'

type Row = Selectable<RegistryTables['model_registry_model']>

/** A registered model; `lastNumber` is the highest version number ever given out. */
export interface StoredModel extends RegisteredModel {
  readonly lastNumber: number
}

/** Reads registered models. */
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
    byNames: async (names: readonly string[]) =>
      names.length === 0 ? [] : whole(await rows().where('name', 'in', names).execute()),
    /** Models by what is asked; gives one row more than `limit` where there is one. */
    search: async (search: RegistrySearch, dialect: Dialect, visible: Visibility) =>
      whole(
        await modelsFound(db, workspace, search, dialect)
          .where(visibleRows(sql.ref('m.id'), visible))
          .execute(),
      ),
    list: async (limit: number, pageToken: string | undefined, kind: ModelKind, visible: Visibility) => {
      const [after] = decodePageToken(pageToken ?? '') ?? []
      const ofKind = rows()
        .where('kind', '=', kind)
        .where(visibleRows(sql.ref('id'), visible))
      const from = after === undefined ? ofKind : ofKind.where('name', '>', String(after))
      return whole(
        await from
          .orderBy('name')
          .limit(limit + 1)
          .execute(),
      )
    },
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
    kind: ModelKind.parse(row.kind),
    description: spec.description,
    riskTier: spec.riskTier,
    owner: spec.owner ?? row.created_by,
    latestVersion,
    aliases,
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
    spec,
    lastNumber: row.last_version,
  }
}
