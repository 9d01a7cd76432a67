import type { Kysely } from 'kysely'
import { inSlices } from '../in-slices.ts'
import type { TrackingTables } from '../tables.ts'

/** One thing that was taken: `state` is what its source looked like then; empty while it is not whole. */
export interface ImportRecord {
  readonly sourceId: string
  readonly ownId: string
  readonly state: string
}

/** Reads and writes what was taken from other systems. */
export function importRows(db: Kysely<TrackingTables>, workspace: string) {
  const rows = (source: string, kind: string) =>
    db
      .selectFrom('experiment_tracking_import')
      .select(['source_id as sourceId', 'own_id as ownId', 'state'])
      .where('workspace', '=', workspace)
      .where('source', '=', source)
      .where('kind', '=', kind)
  const has = async (table: 'experiment_tracking_experiment' | 'experiment_tracking_retired_number', number: number) =>
    (await db.selectFrom(table).select('number').where('number', '=', number).executeTakeFirst()) !== undefined
  return {
    /** Whether no experiment of any workspace has this number, or ever had it. */
    isFree: async (number: number): Promise<boolean> =>
      !(await has('experiment_tracking_experiment', number)) &&
      !(await has('experiment_tracking_retired_number', number)),
    /** Those of these that were taken, by their id there. */
    some: async (source: string, kind: string, sourceIds: readonly string[]): Promise<Map<string, ImportRecord>> => {
      const found = await inSlices(sourceIds, (slice) => rows(source, kind).where('source_id', 'in', slice).execute())
      return new Map(found.map((record) => [record.sourceId, record]))
    },
    /** In order of their ids there, behind `after`. */
    page: (source: string, kind: string, { after, limit }: { after: string; limit: number }): Promise<ImportRecord[]> =>
      rows(source, kind).where('source_id', '>', after).orderBy('source_id').limit(limit).execute(),
    put: async (source: string, kind: string, records: readonly ImportRecord[], atMs: number): Promise<void> => {
      const values = records.map(({ sourceId, ownId, state }) => {
        return { workspace, source, kind, source_id: sourceId, own_id: ownId, state, at_ms: atMs }
      })
      await inSlices(values, (slice) =>
        db
          .insertInto('experiment_tracking_import')
          .values([...slice])
          .onConflict((c) =>
            c.columns(['workspace', 'source', 'kind', 'source_id']).doUpdateSet((e) => ({
              own_id: e.ref('excluded.own_id'),
              state: e.ref('excluded.state'),
              at_ms: e.ref('excluded.at_ms'),
            })),
          )
          .execute(),
      )
    },
  }
}
