import type { Kysely } from 'kysely'
import { refreshDocument } from '../search/store/document-rows.ts'
import { inSlices } from './in-slices.ts'
import { onDatabase } from './series/dialect-of.ts'
import type { TrackingTables } from './tables.ts'

type ValueTable = 'experiment_tracking_param' | 'experiment_tracking_tag'
type Values = Readonly<Record<string, string>>

/** Reads and writes the params or the tags of runs: texts by key. */
export function valueRows(db: Kysely<TrackingTables>, workspace: string, table: ValueTable) {
  const rows = () => db.selectFrom(table).select(['run_id', 'key', 'value']).where('workspace', '=', workspace)
  const part = table === 'experiment_tracking_param' ? 'params' : 'tags'
  const refresh = (runId: string) => refreshDocument(onDatabase(db), workspace, runId, part)
  return {
    ofRuns: async (runIds: readonly string[]): Promise<Map<string, Record<string, string>>> => {
      const found = await inSlices(runIds, (ids) => rows().where('run_id', 'in', ids).orderBy('key').execute())
      const byRun = new Map<string, Record<string, string>>()
      for (const { run_id: runId, key, value } of found) {
        const values = byRun.get(runId) ?? {}
        values[key] = value
        byRun.set(runId, values)
      }
      return byRun
    },
    /** The values there are under some keys of a run. */
    some: async (runId: string, keys: readonly string[]): Promise<Map<string, string>> => {
      const found = await inSlices(keys, (slice) =>
        rows().where('run_id', '=', runId).where('key', 'in', slice).execute(),
      )
      return new Map(found.map(({ key, value }) => [key, value]))
    },
    /** Sets values; a later one takes the place of an earlier one. */
    set: async (runId: string, values: Values): Promise<void> => {
      const entries = Object.entries(values).toSorted(([a], [b]) => (a < b ? -1 : 1))
      await inSlices(entries, (slice) =>
        db
          .insertInto(table)
          .values(slice.map(([key, value]) => ({ workspace, run_id: runId, key, value })))
          .onConflict((c) =>
            c.columns(['workspace', 'run_id', 'key']).doUpdateSet((e) => ({ value: e.ref('excluded.value') })),
          )
          .execute(),
      )
      if (entries.length > 0) await refresh(runId)
    },
    remove: async (runId: string, key: string): Promise<boolean> => {
      const [gone] = await db
        .deleteFrom(table)
        .where('workspace', '=', workspace)
        .where('run_id', '=', runId)
        .where('key', '=', key)
        .execute()
      const wasThere = (gone?.numDeletedRows ?? 0n) > 0n
      if (wasThere) await refresh(runId)
      return wasThere
    },
  }
}
