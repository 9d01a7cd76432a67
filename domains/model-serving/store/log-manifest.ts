import type { Db } from '@millrace/kernel/db'
import { tables } from '@millrace/kernel/db'
import { sql } from 'kysely'
import type { LabelBatch, LabelFile, LogCount, PredictionFile } from '../model/log-files.ts'
import type { LogFileRow, ServingTables } from './tables.ts'

/** What the Parquet files of all workspaces hold; a file that is not named here does not exist for readers. */
export function logManifest(db: Db) {
  const serving = tables<ServingTables>(db)
  return {
    async addPredictions(files: readonly PredictionFile[], counts: readonly LogCount[]): Promise<void> {
      for (const file of files) {
        await serving.insertInto('model_serving_log_file').values(rowOfFile(file)).execute()
      }
      for (const count of counts) await addCount(db, count)
    },
    async markCompacted(names: readonly string[], nowMs: number): Promise<void> {
      for (const name of names) {
        await serving.insertInto('model_serving_spool_segment').values({ name, compacted_at_ms: nowMs }).execute()
      }
    },
    compacted: async () =>
      new Set(
        (await serving.selectFrom('model_serving_spool_segment').select('name').execute()).map(({ name }) => name),
      ),
    forgetSegments: (names: readonly string[]) =>
      serving.deleteFrom('model_serving_spool_segment').where('name', 'in', names).execute(),
    async addLabels(files: readonly LabelFile[], sequences: readonly number[]): Promise<void> {
      for (const { workspace, endpoint, path, rows, minRequestId, maxRequestId } of files) {
        const row = { workspace, endpoint, path, rows, min_request_id: minRequestId, max_request_id: maxRequestId }
        await serving.insertInto('model_serving_label_file').values(row).execute()
      }
      // Exactly those: PostgreSQL may commit a lower sequence after a higher one.
      await serving.deleteFrom('model_serving_label_batch').where('sequence', 'in', sequences).execute()
    },
    /** Waiting ground truth after a sequence, at most `limit` requests, oldest first. */
    async labelBatches(afterSequence: number, limit: number): Promise<LabelBatch[]> {
      const rows = await serving
        .selectFrom('model_serving_label_batch')
        .selectAll()
        .where('sequence', '>', afterSequence)
        .orderBy('sequence')
        .limit(limit)
        .execute()
      return rows.map(({ sequence, workspace, endpoint, received_at_ms, event_time_ms, body }) => ({
        sequence,
        workspace,
        endpoint,
        body,
        receivedAtMs: received_at_ms,
        eventTimeMs: event_time_ms,
      }))
    },
    paths: async () => {
      const predictions = await serving.selectFrom('model_serving_log_file').select('path').execute()
      const labels = await serving.selectFrom('model_serving_label_file').select('path').execute()
      return new Set([...predictions, ...labels].map(({ path }) => path))
    },
  }
}

function rowOfFile(file: PredictionFile): LogFileRow {
  const { workspace, endpoint, path, day, rows } = file
  return {
    workspace,
    endpoint,
    path,
    day,
    rows,
    size_bytes: file.sizeBytes,
    min_request_id: file.minRequestId,
    max_request_id: file.maxRequestId,
    min_event_ms: file.minEventMs,
    max_event_ms: file.maxEventMs,
  }
}

async function addCount(db: Db, count: LogCount): Promise<void> {
  const { workspace, endpoint, deploymentId, versionId, version, role, rows, requests, maxEventMs } = count
  await tables<ServingTables>(db)
    .insertInto('model_serving_log_count')
    .values({
      workspace,
      endpoint,
      version,
      role,
      rows,
      requests,
      deployment_id: deploymentId,
      version_id: versionId,
      max_event_ms: maxEventMs,
    })
    .onConflict((c) =>
      c.columns(['workspace', 'endpoint', 'deployment_id', 'role']).doUpdateSet({
        rows: sql`model_serving_log_count.rows + excluded.rows`,
        requests: sql`model_serving_log_count.requests + excluded.requests`,
        max_event_ms: sql`case when model_serving_log_count.max_event_ms > excluded.max_event_ms then model_serving_log_count.max_event_ms else excluded.max_event_ms end`,
      }),
    )
    .execute()
}
