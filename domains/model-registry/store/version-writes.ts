import type { Kysely, Selectable } from 'kysely'
import type { ModelVersion } from '../model/registered-model.ts'
import type { RegistryTables } from './tables.ts'
import { versionTags } from './tag-rows.ts'

type Row = Selectable<RegistryTables['model_registry_version']>

/** Writes model versions, their tags along with them. */
export function versionWrites(db: Kysely<RegistryTables>, workspace: string) {
  const tags = versionTags(db, workspace)
  const update = (id: string, set: Partial<Row>) =>
    db.updateTable('model_registry_version').set(set).where('workspace', '=', workspace).where('id', '=', id).execute()
  return {
    insert: async (modelId: string, version: ModelVersion) => {
      await db
        .insertInto('model_registry_version')
        .values(toRow(workspace, modelId, version))
        .execute()
      await tags.save(version.id, version.tags)
    },
    saveText: async (
      id: string,
      text: { description: string; tags: Record<string, string> },
      updatedAtMs: number,
    ): Promise<void> => {
      await update(id, { description: text.description, tags: JSON.stringify(text.tags), updated_at_ms: updatedAtMs })
      await tags.save(id, text.tags)
    },
    saveApproval: (id: string, approval: ModelVersion['approval'], nowMs: number) =>
      update(id, { approval, updated_at_ms: nowMs }),
    saveStage: (id: string, stage: ModelVersion['stage'], nowMs: number) => update(id, { stage, updated_at_ms: nowMs }),
    /** Says that all of a model's versions changed, as a rename does. */
    touchAll: (modelId: string, nowMs: number) =>
      db
        .updateTable('model_registry_version')
        .set({ updated_at_ms: nowMs })
        .where('workspace', '=', workspace)
        .where('model_id', '=', modelId)
        .execute(),
    remove: async (id: string) => {
      await tags.save(id, {})
      await db.deleteFrom('model_registry_version').where('workspace', '=', workspace).where('id', '=', id).execute()
    },
  }
}

function toRow(workspace: string, modelId: string, version: ModelVersion): Row {
  return {
    workspace,
    id: version.id,
    model_id: modelId,
    version: version.version,
    state: version.state,
    stage: version.stage,
    source: version.source,
    storage_uri: version.storageUri,
    run_link: version.runLink,
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
