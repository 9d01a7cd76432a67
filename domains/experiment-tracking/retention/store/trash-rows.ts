import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import type { TrashKind } from '../model/retention-endpoints.ts'
import { inSlices } from '../../store/in-slices.ts'
import type { TrackingTables } from '../../store/tables.ts'

/** Something deleted, as the store knows it. */
export interface Trashed {
  readonly id: string
  readonly name: string
  readonly experiment: number
  readonly deletedAtMs: number
}

/** Where a walk through the trash stands. */
export interface TrashPosition {
  readonly atMs: number
  readonly id: string
}

export interface TrashSearch {
  readonly kind: TrashKind
  /** Deleted at this time or before. */
  readonly untilMs: number
  readonly experiments?: readonly number[]
  readonly after?: TrashPosition
  readonly limit: number
}

/** Files of one owner of artifacts. */
export interface OwnedFiles {
  readonly files: number
  readonly bytes: number
  readonly newestAtMs: number
}

const tableOf = {
  run: 'experiment_tracking_run',
  'logged-model': 'experiment_tracking_logged_model',
  experiment: 'experiment_tracking_experiment',
} as const

/** Reads what is deleted but not forgotten. */
export function trashRows(db: Kysely<TrackingTables>, workspace: string) {
  const filesOfOwners = (kind: 'run' | 'logged-model', ids: readonly string[]) =>
    db
      .selectFrom('experiment_tracking_artifact')
      .where('workspace', '=', workspace)
      .where('owner_kind', '=', kind)
      .where('owner_id', 'in', ids)
  return {
    /** Longest deleted first. */
    list: (search: TrashSearch): Promise<Trashed[]> => listTrashed(db, workspace, search),
    /** How many files owners have, and how large; owners without one are left out. */
    filesOf: async (kind: 'run' | 'logged-model', ids: readonly string[]): Promise<Map<string, OwnedFiles>> => {
      const rows = await inSlices(ids, (slice) =>
        filesOfOwners(kind, slice)
          .select((e) => [
            'owner_id',
            e.fn.countAll<number>().as('files'),
            e.fn.sum<number | string>('size_bytes').as('bytes'),
            e.fn.max('at_ms').as('newest'),
          ])
          .groupBy('owner_id')
          .execute(),
      )
      return new Map(
        rows.map((row) => [
          row.owner_id,
          { files: row.files, bytes: Math.max(0, Number(row.bytes)), newestAtMs: row.newest },
        ]),
      )
    },
    /** The paths of owners' files. */
    pathsOf: (kind: 'run' | 'logged-model', ids: readonly string[]): Promise<{ owner_id: string; path: string }[]> =>
      inSlices(ids, (slice) => filesOfOwners(kind, slice).select(['owner_id', 'path']).execute()),
    childrenOf: (runId: string): Promise<string[]> => childrenOf(db, workspace, runId),
    /** Whether anything, deleted or not, still belongs to an experiment. */
    isEmpty: async (experiment: number): Promise<boolean> => {
      for (const table of ['experiment_tracking_run', 'experiment_tracking_logged_model'] as const) {
        const rows = db.selectFrom(table).select('id').where('workspace', '=', workspace)
        if ((await rows.where('experiment', '=', experiment).executeTakeFirst()) !== undefined) return false
      }
      return true
    },
  }
}

async function listTrashed(
  db: Kysely<TrackingTables>,
  workspace: string,
  { kind, untilMs, experiments, after, limit }: TrashSearch,
): Promise<Trashed[]> {
  const isExperiment = kind === 'experiment'
  const id = isExperiment ? sql<string>`cast(number as text)` : sql<string>`id`
  const experiment = isExperiment ? sql<number>`number` : sql<number>`experiment`
  const conditions = [sql`workspace = ${workspace}`, sql`deleted_at_ms <= ${untilMs}`]
  if (experiments !== undefined) conditions.push(sql`${experiment} in (${sql.join([-1, ...experiments])})`)
  if (after !== undefined)
    conditions.push(sql`(deleted_at_ms > ${after.atMs} or (deleted_at_ms = ${after.atMs} and ${id} > ${after.id}))`)
  const { rows } = await sql<{ id: string; name: string; experiment: number; deleted_at_ms: number }>`
    select ${id} as id, name, ${experiment} as experiment, deleted_at_ms from ${sql.table(tableOf[kind])}
    where ${sql.join(conditions, sql` and `)} order by deleted_at_ms, ${id} limit ${limit}`.execute(db)
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    experiment: row.experiment,
    deletedAtMs: row.deleted_at_ms,
  }))
}

/** Runs that say that this one is their parent, also by MLflow's tag. */
async function childrenOf(db: Kysely<TrackingTables>, workspace: string, runId: string): Promise<string[]> {
  const runs = db.selectFrom('experiment_tracking_run').select('id').where('workspace', '=', workspace)
  const own = await runs.where('parent_run_id', '=', runId).execute()
  const tags = db.selectFrom('experiment_tracking_tag').select('run_id as id').where('workspace', '=', workspace)
  const tagged = await tags
    .where('key', '=', 'mlflow.parentRunId')
    .where(sql<boolean>`substr(value, 1, 250) = ${runId}`)
    .execute()
  return [...new Set([...own, ...tagged].map((row) => row.id))].filter((id) => id !== runId)
}
