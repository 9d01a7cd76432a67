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
  return {
    /** Longest deleted first. */
    list: async ({ kind, untilMs, experiments, after, limit }: TrashSearch): Promise<Trashed[]> => {
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
    },
    /** How many files owners have, and how large; owners without one are left out. */
    filesOf: async (kind: 'run' | 'logged-model', ids: readonly string[]): Promise<Map<string, OwnedFiles>> => {
      const rows = await inSlices(ids, (slice) =>
        db
          .selectFrom('experiment_tracking_artifact')
          .select((e) => [
            'owner_id',
            e.fn.countAll<number>().as('files'),
            e.fn.sum<number | string>('size_bytes').as('bytes'),
            e.fn.max('at_ms').as('newest'),
          ])
          .where('workspace', '=', workspace)
          .where('owner_kind', '=', kind)
          .where('owner_id', 'in', slice)
          .groupBy('owner_id')
          .execute(),
      )
      return new Map(
        rows.map((row) => [
          row.owner_id,
          { files: Number(row.files), bytes: Math.max(0, Number(row.bytes)), newestAtMs: Number(row.newest) },
        ]),
      )
    },
    /** The paths of owners' files. */
    pathsOf: (kind: 'run' | 'logged-model', ids: readonly string[]): Promise<{ owner_id: string; path: string }[]> =>
      inSlices(ids, (slice) =>
        db
          .selectFrom('experiment_tracking_artifact')
          .select(['owner_id', 'path'])
          .where('workspace', '=', workspace)
          .where('owner_kind', '=', kind)
          .where('owner_id', 'in', slice)
          .execute(),
      ),
    /** Runs that say that this one is their parent, also by MLflow's tag. */
    childrenOf: async (runId: string): Promise<string[]> => {
      const own = await db
        .selectFrom('experiment_tracking_run')
        .select('id')
        .where('workspace', '=', workspace)
        .where('parent_run_id', '=', runId)
        .execute()
      const tagged = await db
        .selectFrom('experiment_tracking_tag')
        .select('run_id as id')
        .where('workspace', '=', workspace)
        .where('key', '=', 'mlflow.parentRunId')
        .where(sql<boolean>`substr(value, 1, 250) = ${runId}`)
        .execute()
      return [...new Set([...own, ...tagged].map((row) => row.id))].filter((id) => id !== runId)
    },
    /** Whether anything, deleted or not, still belongs to an experiment. */
    isEmpty: async (experiment: number): Promise<boolean> => {
      for (const table of ['experiment_tracking_run', 'experiment_tracking_logged_model'] as const) {
        const row = await db
          .selectFrom(table)
          .select('id')
          .where('workspace', '=', workspace)
          .where('experiment', '=', experiment)
          .executeTakeFirst()
        if (row !== undefined) return false
      }
      return true
    },
  }
}
