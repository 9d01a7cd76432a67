import type { Db } from '@millrace/kernel/db'
import { tables } from '@millrace/kernel/db'
import type { MergedPredictions, PredictionFile } from '../model/log-files.ts'
import { logManifest } from './log-manifest.ts'
import type { LogFileRow, ServingTables } from './tables.ts'

/** The manifest's side of keeping the log tidy: merging and forgetting, in all workspaces. */
export function logUpkeep(db: Db) {
  const serving = tables<ServingTables>(db)
  return {
    /** Endpoint days with at least `least` files smaller than `belowBytes`. */
    async crowdedDays(least: number, belowBytes: number) {
      const rows = await serving
        .selectFrom('model_serving_log_file')
        .select(['workspace', 'endpoint', 'day'])
        .where('size_bytes', '<', belowBytes)
        .groupBy(['workspace', 'endpoint', 'day'])
        .having((e) => e.fn.countAll(), '>=', least)
        .orderBy('day')
        .limit(1000)
        .execute()
      return rows
    },
    /** The small files of one endpoint day, by the requests they hold. */
    async smallFiles(
      of: { workspace: string; endpoint: string; day: string },
      belowBytes: number,
    ): Promise<PredictionFile[]> {
      const rows = await serving
        .selectFrom('model_serving_log_file')
        .selectAll()
        .where('workspace', '=', of.workspace)
        .where('endpoint', '=', of.endpoint)
        .where('day', '=', of.day)
        .where('size_bytes', '<', belowBytes)
        .orderBy('min_request_id')
        .execute()
      return rows.map(fileOfRow)
    },
    /** In one commit the merged file is there and those it was made of are not. False, and nothing done, where one of them is gone already. */
    async replace({ from, into }: MergedPredictions): Promise<boolean> {
      const paths = from.map(({ path }) => path)
      const found = await serving
        .selectFrom('model_serving_log_file')
        .select('path')
        .where('path', 'in', paths)
        .execute()
      if (found.length !== paths.length) return false
      await serving.deleteFrom('model_serving_log_file').where('path', 'in', paths).execute()
      await logManifest(db).addPredictions([into], [])
      return true
    },
    /** Every living endpoint with its spec, as JSON. */
    endpoints: () =>
      serving
        .selectFrom('model_serving_endpoint')
        .select(['workspace', 'name', 'spec'])
        .where('deleted_at_ms', 'is', null)
        .execute(),
  }
}

/** Drops an endpoint's files whose newest event time and newest request are both older; gives their paths. */
export async function forgetFiles(
  db: Db,
  of: {
    workspace: string
    endpoint: string
    beforeMs: number
    beforeRequestId: string
  },
): Promise<string[]> {
  const serving = tables<ServingTables>(db)
  const old = await serving
    .selectFrom('model_serving_log_file')
    .select('path')
    .where('workspace', '=', of.workspace)
    .where('endpoint', '=', of.endpoint)
    .where('max_event_ms', '<', of.beforeMs)
    .where('max_request_id', '<', of.beforeRequestId)
    .execute()
  const labels = await serving
    .selectFrom('model_serving_label_file')
    .select('path')
    .where('workspace', '=', of.workspace)
    .where('endpoint', '=', of.endpoint)
    .where('max_request_id', '<', of.beforeRequestId)
    .execute()
  const [files, truths] = [old, labels].map((rows) => rows.map(({ path }) => path))
  if (files !== undefined && files.length > 0) {
    await serving.deleteFrom('model_serving_log_file').where('path', 'in', files).execute()
  }
  if (truths !== undefined && truths.length > 0) {
    await serving.deleteFrom('model_serving_label_file').where('path', 'in', truths).execute()
  }
  return [...(files ?? []), ...(truths ?? [])]
}

function fileOfRow(row: LogFileRow): PredictionFile {
  const { workspace, endpoint, path, day } = row
  return {
    workspace,
    endpoint,
    path,
    day,
    rows: row.rows,
    sizeBytes: row.size_bytes,
    minRequestId: row.min_request_id,
    maxRequestId: row.max_request_id,
    minEventMs: row.min_event_ms,
    maxEventMs: row.max_event_ms,
  }
}
