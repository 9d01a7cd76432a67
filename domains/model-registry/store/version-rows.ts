import { decodePageToken } from '@millrace/contract'
import type { Visibility } from '@millrace/kernel'
import type { Dialect } from '@millrace/kernel/db'
import { visibleRows } from '@millrace/kernel/db'
import type { Kysely, Selectable } from 'kysely'
import { sql } from 'kysely'
import { z } from 'zod'
import type { ModelVersion, ModelVersionId } from '../model/registered-model.ts'
import { ModelVersion as ModelVersionSchema, Signature } from '../model/registered-model.ts'
import type { RegistrySearch } from '../model/registry-search.ts'
import { newestPerStage, versionsFound } from './find-rows.ts'
import type { RegistryTables } from './tables.ts'

type Row = Selectable<RegistryTables['model_registry_version']>

export interface VersionSearch {
  readonly modelId?: string | undefined
  readonly runId?: string | undefined
  readonly limit: number
  readonly pageToken?: string | undefined
  /** The models whose versions the caller may see; left out where one was read already. */
  readonly visible?: Visibility
}

/** Of PostgreSQL's `integer`, which refuses to compare with more. */
const largestNumber = 2 ** 31 - 1

/** Reads model versions. */
export function versionRows(db: Kysely<RegistryTables>, workspace: string) {
  const rows = () => db.selectFrom('model_registry_version').selectAll().where('workspace', '=', workspace)
  const whole = (found: readonly Row[]) => wholeVersions(db, workspace, found)
  const one = async (row: Row | undefined) => (row === undefined ? undefined : (await whole([row]))[0])
  return {
    byId: async (id: string) => one(await rows().where('id', '=', id).executeTakeFirst()),
    byIds: async (ids: readonly string[]) =>
      ids.length === 0 ? [] : whole(await rows().where('id', 'in', ids).execute()),
    byNumber: async (modelId: string, version: number) =>
      version > largestNumber
        ? undefined
        : one(await rows().where('model_id', '=', modelId).where('version', '=', version).executeTakeFirst()),
    latest: async (modelId: string) =>
      one(await rows().where('model_id', '=', modelId).orderBy('version', 'desc').limit(1).executeTakeFirst()),
    /** Newest first; gives one row more than `limit` where there is one. */
    search: async (search: VersionSearch) => {
      const [atMs, number, id] = decodePageToken(search.pageToken ?? '') ?? []
      let found = rows()
      if (search.visible !== undefined) found = found.where(visibleRows(sql.ref('model_id'), search.visible))
      if (search.modelId !== undefined) found = found.where('model_id', '=', search.modelId)
      if (search.runId !== undefined) found = found.where('run_id', '=', search.runId)
      if (id !== undefined) {
        const last = { atMs: Number(atMs), version: Number(number), id: String(id) }
        found = found.where((e) =>
          e.or([
            e('created_at_ms', '<', last.atMs),
            e.and([e('created_at_ms', '=', last.atMs), e('version', '<', last.version)]),
            e.and([e('created_at_ms', '=', last.atMs), e('version', '=', last.version), e('id', '<', last.id)]),
          ]),
        )
      }
      const ordered = found.orderBy('created_at_ms', 'desc').orderBy('version', 'desc').orderBy('id', 'desc')
      return whole(await ordered.limit(search.limit + 1).execute())
    },
    count: async (modelId: string) => {
      const row = await db
        .selectFrom('model_registry_version')
        .select((e) => e.fn.countAll().as('count'))
        .where('workspace', '=', workspace)
        .where('model_id', '=', modelId)
        .executeTakeFirst()
      return Number(row?.count ?? 0)
    },
    /** Versions by what is asked; gives one row more than `limit` where there is one. */
    find: async (search: RegistrySearch, dialect: Dialect, visible: Visibility) =>
      whole(
        await versionsFound(db, workspace, search, dialect)
          .where(visibleRows(sql.ref('v.model_id'), visible))
          .execute(),
      ),
    /** The newest version of each of these models in each stage. */
    newestPerStage: async (modelIds: readonly string[]) =>
      modelIds.length === 0 ? [] : whole(await newestPerStage(db, workspace, modelIds)),
    /** The others of a model in a stage. */
    inStage: async (modelId: string, stage: string) =>
      whole(await rows().where('model_id', '=', modelId).where('stage', '=', stage).orderBy('version').execute()),
    all: async (modelId: string) => whole(await rows().where('model_id', '=', modelId).orderBy('version').execute()),
  }
}

async function wholeVersions(
  db: Kysely<RegistryTables>,
  workspace: string,
  rows: readonly Row[],
): Promise<ModelVersion[]> {
  const modelIds = [...new Set(rows.map((row) => row.model_id))]
  if (modelIds.length === 0) return []
  const models = await db
    .selectFrom('model_registry_model')
    .select(['id', 'name'])
    .where('workspace', '=', workspace)
    .where('id', 'in', modelIds)
    .execute()
  const names = new Map(models.map((model) => [model.id, model.name]))
  const aliases = await db
    .selectFrom('model_registry_alias')
    .selectAll()
    .where('workspace', '=', workspace)
    .where('model_id', 'in', modelIds)
    .orderBy('alias')
    .execute()
  const byVersion = Map.groupBy(aliases, (row) => `${row.model_id}/${row.version}`)
  return rows.map((row) => {
    const own = byVersion.get(`${row.model_id}/${row.version}`) ?? []
    return toVersion(
      row,
      names.get(row.model_id) ?? '',
      own.map(({ alias }) => alias),
    )
  })
}

const Texts = z.record(z.string(), z.string())
const Words = ModelVersionSchema.pick({ state: true, stage: true, approval: true, format: true })

function toVersion(row: Row, model: string, aliases: string[]): ModelVersion {
  const { state, stage, approval, format } = Words.parse(row)
  return {
    model,
    state,
    stage,
    approval,
    source: row.source,
    storageUri: row.storage_uri,
    runLink: row.run_link,
    format,
    aliases,
    id: row.id as ModelVersionId, // made by this domain, so it has the brand
    version: row.version,
    runId: row.run_id,
    loggedModelId: row.logged_model_id,
    artifactPath: row.artifact_path,
    modelFile: row.model_file,
    digest: row.digest,
    sizeBytes: row.size_bytes,
    signature: row.signature === null ? null : Signature.parse(JSON.parse(row.signature)),
    description: row.description,
    tags: Texts.parse(JSON.parse(row.tags)),
    derivedFrom: row.derived_from as ModelVersionId | null, // checked when it was written
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
    createdBy: row.created_by,
  }
}
