import type { Kysely } from 'kysely'
import type { TrackingTables } from '../../store/tables.ts'
import { RecordedProvenance } from '../model/provenance.ts'

/** What a launcher recorded of a run. */
export interface KeptProvenance {
  readonly recorded: RecordedProvenance
  readonly reproducesRunId: string | null
}

/** Reads and writes how runs came about. */
export function provenanceRows(db: Kysely<TrackingTables>, workspace: string) {
  return {
    find: async (runId: string): Promise<KeptProvenance | undefined> => {
      const row = await db
        .selectFrom('experiment_tracking_provenance')
        .selectAll()
        .where('workspace', '=', workspace)
        .where('run_id', '=', runId)
        .executeTakeFirst()
      if (row === undefined) return undefined
      const recorded = RecordedProvenance.parse(JSON.parse(row.recorded))
      return { recorded, reproducesRunId: row.reproduces_run_id }
    },
    add: async (runId: string, { recorded, reproducesRunId }: KeptProvenance): Promise<void> => {
      await db
        .insertInto('experiment_tracking_provenance')
        .values({
          workspace,
          run_id: runId,
          recorded: JSON.stringify(recorded),
          reproduces_run_id: reproducesRunId,
        })
        .execute()
    },
  }
}
