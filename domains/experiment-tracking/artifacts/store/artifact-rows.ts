import type { Kysely, Selectable } from 'kysely'
import { sql } from 'kysely'
import type { ArtifactOwner } from '../../model/run.ts'
import type { TrackingTables } from '../../store/tables.ts'

export interface Owner {
  readonly kind: ArtifactOwner
  readonly id: string
}

/** An artifact as it is recorded. The digest is null while its bytes are not sure: see `writingUntilMs`. */
export interface RecordedArtifact {
  readonly path: string
  readonly digest: string | null
  readonly sizeBytes: number
  /** Null for one that is sure. Until then its writer is at work; after that somebody has to look what lies there. */
  readonly writingUntilMs: number | null
  readonly writer: string | null
}

type Row = Selectable<TrackingTables['experiment_tracking_artifact']>

/** Reads and writes the manifests of artifacts. */
export function artifactRows(db: Kysely<TrackingTables>, workspace: string) {
  const rows = (owner: Owner) =>
    db
      .selectFrom('experiment_tracking_artifact')
      .selectAll()
      .where('workspace', '=', workspace)
      .where('owner_kind', '=', owner.kind)
      .where('owner_id', '=', owner.id)
  return {
    /** The artifact root of an experiment, without all else that is known of it. */
    rootOfExperiment: async (number: number): Promise<string> => {
      const row = await db
        .selectFrom('experiment_tracking_experiment')
        .select('artifact_root')
        .where('workspace', '=', workspace)
        .where('number', '=', number)
        .executeTakeFirst()
      return row?.artifact_root ?? ''
    },
    find: async (owner: Owner, path: string): Promise<RecordedArtifact | undefined> => {
      const row = await rows(owner).where('path', '=', path).executeTakeFirst()
      return row === undefined ? undefined : toArtifact(row)
    },
    /** Every file below a folder ('' is the root), by path; not those that are only being written for the first time. */
    below: async (owner: Owner, folder: string): Promise<RecordedArtifact[]> => {
      const prefix = folder === '' ? '' : `${folder}/`
      // "0" is the character after "/": everything between is below the folder.
      const inside =
        prefix === '' ? rows(owner) : rows(owner).where('path', '>', prefix).where('path', '<', `${folder}0`)
      const found = await inside.where('size_bytes', '>=', 0).orderBy('path').execute()
      return found.filter((row) => row.path.startsWith(prefix)).map(toArtifact)
    },
    save: (owner: Owner, artifact: RecordedArtifact, nowMs: number) => {
      const values = {
        digest: artifact.digest ?? '',
        size_bytes: artifact.sizeBytes,
        at_ms: nowMs,
        writing_until_ms: artifact.writingUntilMs,
        writer: artifact.writer,
      }
      return db
        .insertInto('experiment_tracking_artifact')
        .values({ workspace, owner_kind: owner.kind, owner_id: owner.id, path: artifact.path, ...values })
        .onConflict((c) => c.columns(['workspace', 'owner_kind', 'owner_id', 'path']).doUpdateSet(values))
        .execute()
    },
    remove: (owner: Owner, path: string) =>
      db
        .deleteFrom('experiment_tracking_artifact')
        .where('workspace', '=', workspace)
        .where('owner_kind', '=', owner.kind)
        .where('owner_id', '=', owner.id)
        .where('path', '=', path)
        .execute(),
  }
}

/** An artifact of any workspace whose writer has not come back. */
export interface UnsettledArtifact extends RecordedArtifact {
  readonly workspace: string
  readonly owner: ArtifactOwner
  readonly id: string
}

/** Artifacts of all workspaces that somebody has to look at, oldest first. */
export async function unsettledArtifacts(
  db: Kysely<TrackingTables>,
  nowMs: number,
  limit: number,
): Promise<UnsettledArtifact[]> {
  const found = await db
    .selectFrom('experiment_tracking_artifact')
    .selectAll()
    .where(sql.ref('writing_until_ms'), 'is not', null)
    .where('writing_until_ms', '<=', nowMs)
    .orderBy('writing_until_ms')
    .limit(limit)
    .execute()
  return found.map((row) => ({
    ...toArtifact(row),
    workspace: row.workspace,
    owner: row.owner_kind === 'run' ? 'run' : 'logged-model',
    id: row.owner_id,
  }))
}

function toArtifact(row: Row): RecordedArtifact {
  const sure = row.digest !== '' && row.writing_until_ms === null
  return {
    path: row.path,
    digest: sure ? row.digest : null,
    sizeBytes: row.size_bytes,
    writingUntilMs: row.writing_until_ms,
    writer: row.writer,
  }
}
