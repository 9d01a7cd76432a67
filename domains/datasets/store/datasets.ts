import { operations } from '@millrace/kernel'
import type { Db } from '@millrace/kernel/db'
import { tables } from '@millrace/kernel/db'
import { chunkRows } from '../chunks/store/chunk-rows.ts'
import { datasetRows } from './dataset-rows.ts'
import type { DatasetTables } from './tables.ts'
import { versionRows } from './version-rows.ts'

/** The store of data sets of one workspace. */
export function storeOf(untyped: Db, workspace: string) {
  const db = tables<DatasetTables>(untyped)
  return {
    datasets: datasetRows(db, workspace),
    versions: versionRows(db, workspace),
    chunks: chunkRows(db, workspace),
  }
}

export const { action, query, ingest } = operations(storeOf)
