import type { Db } from '@millrace/kernel/db'
import { tables } from '@millrace/kernel/db'
import type { ServingTables } from './tables.ts'

/** Which files of one workspace's logs to open, and exact counts. */
export function logReads(db: Db, workspace: string) {
  const serving = tables<ServingTables>(db)
  const files = (endpoint: string) =>
    serving
      .selectFrom('model_serving_log_file')
      .selectAll()
      .where('workspace', '=', workspace)
      .where('endpoint', '=', endpoint)
  /** Files that may hold requests between two ids. */
  const filesBetween = (endpoint: string, minRequestId: string, maxRequestId: string) =>
    files(endpoint).where('min_request_id', '<=', maxRequestId).where('max_request_id', '>=', minRequestId).execute()
  return {
    filesBetween,
    /** Files that may hold a request. */
    filesWithRequest: (endpoint: string, requestId: string) => filesBetween(endpoint, requestId, requestId),
    /** Files with rows of event time in [fromMs, toMs), oldest first. */
    filesInWindow: (endpoint: string, fromMs: number, toMs: number) =>
      files(endpoint)
        .where('min_event_ms', '<', toMs)
        .where('max_event_ms', '>=', fromMs)
        .orderBy('min_event_ms')
        .orderBy('path')
        .execute(),
    /** Files of ground truth for requests between two ids. */
    labelFiles: (endpoint: string, minRequestId: string, maxRequestId: string) =>
      serving
        .selectFrom('model_serving_label_file')
        .selectAll()
        .where('workspace', '=', workspace)
        .where('endpoint', '=', endpoint)
        .where('min_request_id', '<=', maxRequestId)
        .where('max_request_id', '>=', minRequestId)
        .orderBy('path')
        .execute(),
    /** True when acknowledged ground truth of around this request is not yet in a file. */
    async hasWaitingLabels(endpoint: string, requestId: string): Promise<boolean> {
      const row = await serving
        .selectFrom('model_serving_label_batch')
        .select('sequence')
        .where('workspace', '=', workspace)
        .where('endpoint', '=', endpoint)
        .where('min_request_id', '<=', requestId)
        .where('max_request_id', '>=', requestId)
        .limit(1)
        .executeTakeFirst()
      return row !== undefined
    },
    counts: (of: { readonly endpoint?: string | undefined; readonly versionIds?: readonly string[] | undefined }) =>
      serving
        .selectFrom('model_serving_log_count')
        .selectAll()
        .where('workspace', '=', workspace)
        .$if(of.endpoint !== undefined, (query) => query.where('endpoint', '=', of.endpoint ?? ''))
        .$if(of.versionIds !== undefined, (query) => query.where('version_id', 'in', [...(of.versionIds ?? []), '']))
        .execute(),
  }
}
