import type { Kysely, Selectable } from 'kysely'
import { toMetricValue } from '../model/metric-value.ts'
import type { Run } from '../model/run.ts'
import { RunCode, RunStatus } from '../model/run.ts'
import { inputRows } from './input-rows.ts'
import { inSlices } from './in-slices.ts'
import { metricRows } from './metric-rows.ts'
import type { TrackingTables } from './tables.ts'
import { valueRows } from './value-rows.ts'

export type RunRow = Selectable<TrackingTables['experiment_tracking_run']>

/** Reads and writes runs. */
export function runRows(db: Kysely<TrackingTables>, workspace: string) {
  const rows = () => db.selectFrom('experiment_tracking_run').selectAll().where('workspace', '=', workspace)
  return {
    find: (id: string): Promise<RunRow | undefined> => rows().where('id', '=', id).executeTakeFirst(),
    some: (ids: readonly string[]): Promise<RunRow[]> =>
      inSlices(ids, (slice) => rows().where('id', 'in', slice).execute()),
    insert: (row: Omit<RunRow, 'workspace'>) =>
      db
        .insertInto('experiment_tracking_run')
        .values({ workspace, ...row })
        .execute(),
    update: (id: string, set: Partial<Omit<RunRow, 'workspace' | 'id'>>) =>
      db
        .updateTable('experiment_tracking_run')
        .set(set)
        .where('workspace', '=', workspace)
        .where('id', '=', id)
        .execute(),
    /** The active runs of an experiment. */
    activeIds: async (experiment: number): Promise<string[]> => {
      const found = await db
        .selectFrom('experiment_tracking_run')
        .select('id')
        .where('workspace', '=', workspace)
        .where('experiment', '=', experiment)
        .where('deleted_at_ms', 'is', null)
        .execute()
      return found.map((row) => row.id)
    },
    /** Marks the runs of an experiment: all active ones deleted at `atMs`, or those of that instant active again. */
    markAll: (experiment: number, change: { delete: boolean; atMs: number }) => {
      const all = db
        .updateTable('experiment_tracking_run')
        .set({ deleted_at_ms: change.delete ? change.atMs : null })
        .where('workspace', '=', workspace)
        .where('experiment', '=', experiment)
      return (
        change.delete ? all.where('deleted_at_ms', 'is', null) : all.where('deleted_at_ms', '=', change.atMs)
      ).execute()
    },
    /** Whole runs of rows, in the rows' order. */
    whole: (found: readonly RunRow[]): Promise<Run[]> => wholeRuns(db, workspace, found),
  }
}

async function wholeRuns(db: Kysely<TrackingTables>, workspace: string, rows: readonly RunRow[]): Promise<Run[]> {
  if (rows.length === 0) return []
  const ids = rows.map((row) => row.id)
  const params = await valueRows(db, workspace, 'experiment_tracking_param').ofRuns(ids)
  const tags = await valueRows(db, workspace, 'experiment_tracking_tag').ofRuns(ids)
  const metrics = await metricRows(db, workspace).latest(ids)
  const data = await inputRows(db, workspace).ofRuns(ids)
  const experiments = await experimentsOf(db, workspace, [...new Set(rows.map((row) => row.experiment))])
  return rows.map((row) => {
    const experiment = experiments.get(row.experiment)
    const latest = metrics.get(row.id) ?? []
    return {
      ...ownFields(row),
      experiment: experiment?.name ?? '',
      artifactRoot: `${experiment?.artifact_root ?? ''}/${row.id}/artifacts`,
      params: params.get(row.id) ?? {},
      tags: tags.get(row.id) ?? {},
      metrics: Object.fromEntries(latest.map(({ key, value }) => [key, toMetricValue(value)])),
      metricSummaries: Object.fromEntries(latest.map(({ key, summary }) => [key, summary])),
      data: data.get(row.id) ?? [],
    }
  })
}

async function experimentsOf(db: Kysely<TrackingTables>, workspace: string, numbers: readonly number[]) {
  const rows = await inSlices(numbers, (slice) =>
    db
      .selectFrom('experiment_tracking_experiment')
      .select(['number', 'name', 'artifact_root'])
      .where('workspace', '=', workspace)
      .where('number', 'in', slice)
      .execute(),
  )
  return new Map(rows.map((row) => [row.number, row]))
}

function ownFields(row: RunRow) {
  return {
    id: row.id as Run['id'], // checked when it was written
    experimentId: String(row.experiment),
    name: row.name,
    status: RunStatus.parse(row.status),
    startedAtMs: row.started_at_ms,
    endedAtMs: row.ended_at_ms,
    code: row.code === null ? null : RunCode.parse(JSON.parse(row.code)),
    parentRunId: row.parent_run_id,
    deleted: row.deleted_at_ms !== null,
    createdBy: row.created_by,
    createdAtMs: row.created_at_ms,
  }
}
