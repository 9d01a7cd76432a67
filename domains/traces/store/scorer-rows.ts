import type { Kysely } from 'kysely'
import type { Sampling, ScorerVersion } from '../model/scorer.ts'
import type { TraceTables } from './tables.ts'

export interface ScorerRow {
  readonly id: string
  readonly experiment: number
  readonly name: string
  readonly sampling: string | null
}

/** Scorers of one workspace and their versions. */
export function scorerRows(db: Kysely<TraceTables>, workspace: string) {
  const scorers = () =>
    db.selectFrom('traces_scorer').select(['id', 'experiment', 'name', 'sampling']).where('workspace', '=', workspace)
  const versions = () =>
    db
      .selectFrom('traces_scorer_version as v')
      .innerJoin('traces_scorer as s', (join) =>
        join.onRef('s.workspace', '=', 'v.workspace').onRef('s.id', '=', 'v.scorer_id'),
      )
      .select(['v.scorer_id', 'v.version', 'v.serialized', 'v.created_at_ms', 's.experiment', 's.name'])
      .where('v.workspace', '=', workspace)
  return {
    find: (experiment: number, name: string): Promise<ScorerRow | undefined> =>
      scorers().where('experiment', '=', experiment).where('name', '=', name).executeTakeFirst(),
    some: async (ids: readonly string[]): Promise<ScorerRow[]> =>
      ids.length === 0 ? [] : scorers().where('id', 'in', ids).orderBy('id').execute(),
    add: (row: ScorerRow) =>
      db
        .insertInto('traces_scorer')
        .values({ workspace, ...row })
        .execute(),
    sample: (id: string, sampling: Sampling) =>
      db
        .updateTable('traces_scorer')
        .set({ sampling: JSON.stringify(sampling) })
        .where('workspace', '=', workspace)
        .where('id', '=', id)
        .execute(),
    addVersion: (scorerId: string, version: number, serialized: string, createdAtMs: number) =>
      db
        .insertInto('traces_scorer_version')
        .values({ workspace, scorer_id: scorerId, version, serialized, created_at_ms: createdAtMs })
        .execute(),
    /** All versions of one scorer, oldest first. */
    versions: async (scorerId: string): Promise<ScorerVersion[]> => {
      const rows = await versions().where('v.scorer_id', '=', scorerId).orderBy('v.version').execute()
      return rows.map(toVersion)
    },
    /** The latest version of every scorer of some experiments (of all where none is named), by experiment and name. */
    latest: async (experiments: readonly number[] | undefined): Promise<ScorerVersion[]> => {
      if (experiments?.length === 0) return []
      let found = versions()
      if (experiments !== undefined) found = found.where('s.experiment', 'in', experiments)
      const rows = await found.orderBy('s.experiment').orderBy('s.name').orderBy('v.version').execute()
      return [...new Map(rows.map((row) => [row.scorer_id, toVersion(row)])).values()]
    },
    /** Removes one version, or the scorer with all of them. */
    remove: async (scorerId: string, version: number | undefined): Promise<void> => {
      let rows = db
        .deleteFrom('traces_scorer_version')
        .where('workspace', '=', workspace)
        .where('scorer_id', '=', scorerId)
      if (version !== undefined) rows = rows.where('version', '=', version)
      await rows.execute()
      if (version !== undefined) return
      await db.deleteFrom('traces_scorer').where('workspace', '=', workspace).where('id', '=', scorerId).execute()
    },
  }
}

interface VersionRow {
  scorer_id: string
  version: number
  serialized: string
  created_at_ms: number
  experiment: number
  name: string
}

function toVersion(row: VersionRow): ScorerVersion {
  return {
    scorerId: row.scorer_id,
    experimentId: String(row.experiment),
    name: row.name,
    version: row.version,
    serialized: row.serialized,
    createdAtMs: row.created_at_ms,
  }
}
