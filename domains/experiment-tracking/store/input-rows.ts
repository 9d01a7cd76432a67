import type { Kysely } from 'kysely'
import { z } from 'zod'
import type { RunData } from '../model/run.ts'
import { inSlices } from './in-slices.ts'
import type { TrackingTables } from './tables.ts'

/** Reads and writes which data runs used. */
export function inputRows(db: Kysely<TrackingTables>, workspace: string) {
  return {
    add: async (runId: string, data: readonly RunData[]): Promise<void> => {
      const rows = data.map(({ name, digest, context, versionId, details }) => {
        return {
          workspace,
          run_id: runId,
          name,
          digest,
          context,
          version_id: versionId,
          details: JSON.stringify(details ?? {}),
        }
      })
      await inSlices(rows, (slice) =>
        db
          .insertInto('experiment_tracking_input')
          .values([...slice])
          .onConflict((c) => c.doNothing())
          .execute(),
      )
    },
    ofRuns: async (runIds: readonly string[]): Promise<Map<string, RunData[]>> => {
      const found = await inSlices(runIds, (ids) =>
        db
          .selectFrom('experiment_tracking_input')
          .selectAll()
          .where('workspace', '=', workspace)
          .where('run_id', 'in', ids)
          .orderBy('name')
          .orderBy('context')
          .execute(),
      )
      const byRun = new Map<string, RunData[]>()
      for (const row of found) byRun.set(row.run_id, [...(byRun.get(row.run_id) ?? []), toData(row)])
      return byRun
    },
    /** What the runs of experiments used, each once per experiment and context. */
    used: async (experiments: readonly number[], most: number) => {
      const found = await db
        .selectFrom('experiment_tracking_input as i')
        .innerJoin('experiment_tracking_run as r', (join) =>
          join.onRef('r.workspace', '=', 'i.workspace').onRef('r.id', '=', 'i.run_id'),
        )
        .select(['r.experiment', 'i.name', 'i.digest', 'i.context'])
        .distinct()
        .where('i.workspace', '=', workspace)
        .where('r.experiment', 'in', experiments)
        .orderBy('r.experiment')
        .orderBy('i.name')
        .orderBy('i.digest')
        .orderBy('i.context')
        .limit(most)
        .execute()
      return found.map(({ experiment, ...used }) => ({ experimentId: String(experiment), ...used }))
    },
  }
}

const Details = z.record(z.string(), z.unknown())

function toData(row: {
  name: string
  digest: string
  context: string
  version_id: string | null
  details: string
}): RunData {
  const details = Details.parse(JSON.parse(row.details))
  const shown = Object.keys(details).length === 0 ? {} : { details }
  return { name: row.name, digest: row.digest, context: row.context, versionId: row.version_id, ...shown }
}
