import type { Kysely } from 'kysely'
import type { Artifact, ArtifactOwner } from '../model/run.ts'
import type { TrackingTables } from './tables.ts'

export interface Owner {
  readonly kind: ArtifactOwner
  readonly id: string
}

/** Reads and writes the manifests of artifacts. */
export function artifactRows(db: Kysely<TrackingTables>, workspace: string) {
  const rows = (owner: Owner) =>
    db
      .selectFrom('experiment_tracking_artifact')
      .select(['path', 'digest', 'size_bytes'])
      .where('workspace', '=', workspace)
      .where('owner_kind', '=', owner.kind)
      .where('owner_id', '=', owner.id)
  return {
    find: async (owner: Owner, path: string): Promise<Artifact | undefined> => {
      const row = await rows(owner).where('path', '=', path).executeTakeFirst()
      return row === undefined ? undefined : toArtifact(row)
    },
    /** Every file below a folder ('' is the root), by path. */
    below: async (owner: Owner, folder: string): Promise<Artifact[]> => {
      const prefix = folder === '' ? '' : `${folder}/`
      // "0" is the character after "/": everything between is below the folder.
      const inside =
        prefix === '' ? rows(owner) : rows(owner).where('path', '>', prefix).where('path', '<', `${folder}0`)
      const found = await inside.orderBy('path').execute()
      return found.filter((row) => row.path.startsWith(prefix)).map(toArtifact)
    },
    save: (owner: Owner, artifact: Artifact, nowMs: number) => {
      const values = { digest: artifact.digest, size_bytes: artifact.sizeBytes, at_ms: nowMs }
      return db
        .insertInto('experiment_tracking_artifact')
        .values({ workspace, owner_kind: owner.kind, owner_id: owner.id, path: artifact.path, ...values })
        .onConflict((c) => c.columns(['workspace', 'owner_kind', 'owner_id', 'path']).doUpdateSet(values))
        .execute()
    },
  }
}

function toArtifact(row: { path: string; digest: string; size_bytes: number }): Artifact {
  return { path: row.path, digest: row.digest, sizeBytes: row.size_bytes }
}
