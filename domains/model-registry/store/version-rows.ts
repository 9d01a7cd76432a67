import { decodePageToken } from '@millrace/contract'
import type { Kysely, Selectable } from 'kysely'
import { z } from 'zod'
import type { ModelVersion, ModelVersionId } from '../model/registered-model.ts'
import { ModelVersion as ModelVersionSchema, Signature } from '../model/registered-model.ts'
import type { RegistryTables } from './tables.ts'

type Row = Selectable<RegistryTables['model_registry_version']>

export interface VersionSearch {
  readonly modelId?: string | undefined
  readonly runId?: string | undefined
  readonly limit: number
  readonly pageToken?: string | undefined
}

/** Reads and writes model versions. */
export function versionRows(db: Kysely<RegistryTables>, workspace: string) {
  const rows = () => db.selectFrom('model_registry_version').selectAll().where('workspace', '=', workspace)
  const whole = (found: readonly Row[]) => wholeVersions(db, workspace, found)
  const one = async (row: Row | undefined) => (row === undefined ? undefined : (await whole([row]))[0])
  const update = (id: string, set: Partial<Row>) =>
    db.updateTable('model_registry_version').set(set).where('workspace', '=', workspace).where('id', '=', id).execute()
  return {
    byId: async (id: string) => one(await rows().where('id', '=', id).executeTakeFirst()),
    byIds: async (ids: readonly string[]) =>
      ids.length === 0 ? [] : whole(await rows().where('id', 'in', ids).execute()),
    byNumber: async (modelId: string, version: number) =>
      one(await rows().where('model_id', '=', modelId).where('version', '=', version).executeTakeFirst()),
    latest: async (modelId: string) =>
      one(await rows().where('model_id', '=', modelId).orderBy('version', 'desc').limit(1).executeTakeFirst()),
    /** Newest first; gives one row more than `limit` where there is one. */
    search: async (search: VersionSearch) => {
      const [atMs, number, id] = decodePageToken(search.pageToken ?? '') ?? []
      let found = rows()
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
    insert: (modelId: string, version: ModelVersion) =>
      db
        .insertInto('model_registry_version')
        .values(toRow(workspace, modelId, version))
        .execute(),
    saveText: (id: string, text: { description: string; tags: Record<string, string> }, nowMs: number) =>
      update(id, { description: text.description, tags: JSON.stringify(text.tags), updated_at_ms: nowMs }),
    saveApproval: (id: string, approval: ModelVersion['approval'], nowMs: number) =>
      update(id, { approval, updated_at_ms: nowMs }),
    remove: (id: string) =>
      db.deleteFrom('model_registry_version').where('workspace', '=', workspace).where('id', '=', id).execute(),
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

function toVersion(row: Row, model: string, aliases: string[]): ModelVersion {
  const { state, approval, format } = ModelVersionSchema.pick({ state: true, approval: true, format: true }).parse(row)
  return {
    model,
    state,
    approval,
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

function toRow(workspace: string, modelId: string, version: ModelVersion): Row {
  return {
    workspace,
    id: version.id,
    model_id: modelId,
    version: version.version,
    state: version.state,
    approval: version.approval,
    run_id: version.runId,
    logged_model_id: version.loggedModelId,
    artifact_path: version.artifactPath,
    model_file: version.modelFile,
    format: version.format,
    digest: version.digest,
    size_bytes: version.sizeBytes,
    signature: version.signature === null ? null : JSON.stringify(version.signature),
    description: version.description,
    tags: JSON.stringify(version.tags),
    derived_from: version.derivedFrom,
    created_at_ms: version.createdAtMs,
    updated_at_ms: version.updatedAtMs,
    created_by: version.createdBy,
  }
}
