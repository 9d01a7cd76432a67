import type { Kysely } from 'kysely'
import type { RegistryTables } from './tables.ts'

type Tags = Readonly<Record<string, string>>

/** The tags of models, where they can be searched; the model's spec holds them, too. */
export function modelTags(db: Kysely<RegistryTables>, workspace: string) {
  return {
    /** Makes these the tags of the model. */
    save: async (modelId: string, tags: Tags): Promise<void> => {
      await db
        .deleteFrom('model_registry_model_tag')
        .where('workspace', '=', workspace)
        .where('model_id', '=', modelId)
        .execute()
      const rows = Object.entries(tags).map(([key, value]) => ({ workspace, model_id: modelId, key, value }))
      for (const part of parts(rows)) await db.insertInto('model_registry_model_tag').values(part).execute()
    },
  }
}

/** The tags of versions, where they can be searched; the version's row holds them, too. */
export function versionTags(db: Kysely<RegistryTables>, workspace: string) {
  return {
    /** Makes these the tags of the version. */
    save: async (versionId: string, tags: Tags): Promise<void> => {
      await db
        .deleteFrom('model_registry_version_tag')
        .where('workspace', '=', workspace)
        .where('version_id', '=', versionId)
        .execute()
      const rows = Object.entries(tags).map(([key, value]) => ({ workspace, version_id: versionId, key, value }))
      for (const part of parts(rows)) await db.insertInto('model_registry_version_tag').values(part).execute()
    },
  }
}

/** A statement takes so many values at most. */
function parts<T>(rows: readonly T[]): T[][] {
  const size = 500
  return Array.from({ length: Math.ceil(rows.length / size) }, (_, at) => rows.slice(at * size, (at + 1) * size))
}
