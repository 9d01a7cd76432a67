import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import type { TrackingTables } from '../../store/tables.ts'
import { keepTag, Retention } from '../model/retention.ts'

/** An experiment that says how long it keeps things. */
export interface KeptExperiment {
  readonly workspace: string
  readonly number: number
  readonly artifactRoot: string
  readonly retention: Retention
}

/** The experiments of all workspaces that do. */
export async function keptExperiments(db: Kysely<TrackingTables>): Promise<KeptExperiment[]> {
  const rows = await db
    .selectFrom('experiment_tracking_experiment')
    .select(['workspace', 'number', 'artifact_root', 'retention'])
    .where('retention', 'is not', null)
    .orderBy('number')
    .execute()
  return rows.map((row) => ({
    workspace: row.workspace,
    number: row.number,
    artifactRoot: row.artifact_root,
    retention: Retention.parse(JSON.parse(row.retention ?? '{}')),
  }))
}

/** Runs of an experiment with files, the newest of which is as old as the run's own end, and both are too old; by id. */
export async function expiredArtifacts(
  db: Kysely<TrackingTables>,
  { workspace, number, retention }: KeptExperiment,
  page: { untilMs: number; after: string; limit: number },
): Promise<string[]> {
  const kept =
    retention.keep === 'tagged'
      ? sql`and not exists (select 1 from experiment_tracking_tag t
          where t.workspace = r.workspace and t.run_id = r.id and t.key = ${keepTag} and t.value <> 'false')`
      : sql``
  const { rows } = await sql<{ id: string }>`select r.id as id from experiment_tracking_run r
    where r.workspace = ${workspace} and r.experiment = ${number} and r.id > ${page.after}
      and coalesce(r.ended_at_ms, r.created_at_ms) <= ${page.untilMs} and r.status <> 'running'
      and (select max(a.at_ms) from experiment_tracking_artifact a
        where a.workspace = r.workspace and a.owner_kind = 'run' and a.owner_id = r.id) <= ${page.untilMs}
      ${kept}
    order by r.id limit ${page.limit}`.execute(db)
  return rows.map((row) => row.id)
}
