import { decodePageToken } from '@millrace/contract'
import type { Kysely, Selectable } from 'kysely'
import type { Dataset } from '../contract.ts'
import { DatasetSpec } from '../contract.ts'
import type { DatasetTables } from './tables.ts'

type Row = Selectable<DatasetTables['datasets_dataset']>

/** A data set as its row tells it; `lastNumber` is the number of the version registered last, also when it was deleted. */
export interface StoredDataset extends Dataset {
  readonly lastNumber: number
}

/** Reads and writes data sets. */
export function datasetRows(db: Kysely<DatasetTables>, workspace: string) {
  const rows = () => db.selectFrom('datasets_dataset').selectAll().where('workspace', '=', workspace)
  const update = (name: string) =>
    db.updateTable('datasets_dataset').where('workspace', '=', workspace).where('name', '=', name)
  return {
    find: async (name: string): Promise<StoredDataset | undefined> => {
      const row = await rows().where('name', '=', name).executeTakeFirst()
      return row === undefined ? undefined : toDataset(row)
    },
    list: async (limit: number, pageToken: string | undefined): Promise<StoredDataset[]> => {
      const [after] = decodePageToken(pageToken ?? '') ?? []
      const from = after === undefined ? rows() : rows().where('name', '>', String(after))
      return (
        await from
          .orderBy('name')
          .limit(limit + 1)
          .execute()
      ).map(toDataset)
    },
    insert: (dataset: { id: string; name: string; spec: DatasetSpec; nowMs: number }) => {
      const { id, name, spec, nowMs } = dataset
      const counters = { latest_version: null, versions: 0, last_number: 0 }
      const times = { created_at_ms: nowMs, updated_at_ms: nowMs }
      return db
        .insertInto('datasets_dataset')
        .values({ workspace, id, name, spec: JSON.stringify(spec), ...counters, ...times })
        .execute()
    },
    saveSpec: (name: string, spec: DatasetSpec, nowMs: number) =>
      update(name)
        .set({ spec: JSON.stringify(spec), updated_at_ms: nowMs })
        .execute(),
    saveCounters: (
      name: string,
      counters: { latestVersion: string | null; versions: number; lastNumber: number },
      nowMs: number,
    ) =>
      update(name)
        .set({
          latest_version: counters.latestVersion,
          versions: counters.versions,
          last_number: counters.lastNumber,
          updated_at_ms: nowMs,
        })
        .execute(),
  }
}

function toDataset(row: Row): StoredDataset {
  const spec = DatasetSpec.parse(JSON.parse(row.spec))
  return {
    id: row.id as Dataset['id'], // made by this domain, so it has the brand
    name: row.name,
    description: spec.description,
    latestVersion: row.latest_version,
    versions: row.versions,
    createdAtMs: row.created_at_ms,
    spec,
    lastNumber: row.last_number,
  }
}
