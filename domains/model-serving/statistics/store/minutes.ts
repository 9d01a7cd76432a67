import type { Db } from '@millrace/kernel/db'
import { tables } from '@millrace/kernel/db'
import type { LatencyHistogramJson } from '@millrace/statistics'
import type { MinuteRow, ServingTables } from '../../store/tables.ts'
import type { Figures } from '../model/counts-since.ts'
import { addFigures } from '../model/counts-since.ts'

/** A deployment's minute. */
export interface Minute {
  readonly endpoint: string
  readonly deploymentId: string
  readonly version: number
  readonly minuteMs: number
  readonly figures: Figures
}

/** The minute series of one workspace. */
export function minuteStore(db: Db, workspace: string) {
  const serving = tables<ServingTables>(db)
  return {
    /** Minutes of [fromMs, toMs), oldest first. */
    async list(endpoint: string, fromMs: number, toMs: number): Promise<Minute[]> {
      const rows = await serving
        .selectFrom('model_serving_minute')
        .selectAll()
        .where('workspace', '=', workspace)
        .where('endpoint', '=', endpoint)
        .where('minute_ms', '>=', fromMs)
        .where('minute_ms', '<', toMs)
        .orderBy('minute_ms')
        .orderBy('deployment_id')
        .execute()
      return rows.map(minuteOf)
    },
    /** Adds what came in a minute; called in a transaction. */
    async add({ endpoint, deploymentId, version, minuteMs, figures: more }: Minute): Promise<void> {
      const row = await serving
        .selectFrom('model_serving_minute')
        .selectAll()
        .where('workspace', '=', workspace)
        .where('endpoint', '=', endpoint)
        .where('minute_ms', '=', minuteMs)
        .where('deployment_id', '=', deploymentId)
        .executeTakeFirst()
      const set = columnsOf(row === undefined ? more : addFigures(minuteOf(row).figures, more))
      await serving
        .insertInto('model_serving_minute')
        .values({ workspace, endpoint, version, deployment_id: deploymentId, minute_ms: minuteMs, ...set })
        .onConflict((c) => c.columns(['workspace', 'endpoint', 'minute_ms', 'deployment_id']).doUpdateSet(set))
        .execute()
    },
  }
}

/** Removes the minutes of all workspaces before a time. */
export async function forgetMinutes(db: Db, beforeMs: number): Promise<void> {
  await tables<ServingTables>(db).deleteFrom('model_serving_minute').where('minute_ms', '<', beforeMs).execute()
}

function columnsOf(figures: Figures) {
  const { requests, rows, errors, runs, cacheHits, cacheMisses, latency, queue, batches } = figures
  return {
    requests,
    rows,
    errors,
    runs,
    cache_hits: cacheHits,
    cache_misses: cacheMisses,
    latency: JSON.stringify(latency),
    queue: JSON.stringify(queue),
    batches: JSON.stringify(batches),
  }
}

/** The JSON is as `columnsOf` wrote it. */
function minuteOf(row: MinuteRow): Minute {
  const { endpoint, version, requests, rows, errors, runs } = row
  return {
    endpoint,
    version,
    deploymentId: row.deployment_id,
    minuteMs: row.minute_ms,
    figures: {
      requests,
      rows,
      errors,
      runs,
      cacheHits: row.cache_hits,
      cacheMisses: row.cache_misses,
      latency: JSON.parse(row.latency) as LatencyHistogramJson,
      queue: JSON.parse(row.queue) as LatencyHistogramJson,
      batches: JSON.parse(row.batches) as Figures['batches'],
    },
  }
}
