import type { Kysely, Selectable } from 'kysely'
import type { ModelSpec } from '../model/registered-model.ts'
import { kindOf } from '../model/registered-model.ts'
import type { RegistryTables } from './tables.ts'
import { modelTags } from './tag-rows.ts'

type Row = Selectable<RegistryTables['model_registry_model']>

/** Writes registered models, their tags along with them. */
export function modelWrites(db: Kysely<RegistryTables>, workspace: string) {
  const tags = modelTags(db, workspace)
  const update = (id: string, set: Partial<Pick<Row, 'name' | 'kind' | 'spec' | 'last_version' | 'updated_at_ms'>>) =>
    db.updateTable('model_registry_model').set(set).where('workspace', '=', workspace).where('id', '=', id).execute()
  return {
    insert: async (model: { id: string; name: string; spec: ModelSpec; nowMs: number; createdBy: string }) => {
      const { id, name, spec, nowMs, createdBy } = model
      const row = {
        workspace,
        id,
        name,
        kind: kindOf(spec),
        spec: JSON.stringify(spec),
        last_version: 0,
        created_at_ms: nowMs,
        updated_at_ms: nowMs,
        created_by: createdBy,
      }
      await db.insertInto('model_registry_model').values(row).execute()
      await tags.save(id, spec.tags)
    },
    /** Saves another spec with its tags. */
    saveSpec: async (id: string, spec: ModelSpec, updatedAtMs: number) => {
      await update(id, { spec: JSON.stringify(spec), kind: kindOf(spec), updated_at_ms: updatedAtMs })
      await tags.save(id, spec.tags)
    },
    update,
    remove: async (id: string) => {
      await tags.save(id, {})
      await db.deleteFrom('model_registry_model').where('workspace', '=', workspace).where('id', '=', id).execute()
    },
  }
}
