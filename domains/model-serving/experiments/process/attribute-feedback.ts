import { join } from 'node:path'
import type { Analytics, Row } from '@millrace/kernel'
import type { Database } from '@millrace/kernel/db'
import type { RequestIndex } from '../../process/control/request-index.ts'
import { logReads } from '../../store/log-reads.ts'
import type { Attribution, WaitingFeedback } from '../store/feedback.ts'
import { feedbackOverview } from '../store/feedback.ts'

export interface AttributionOptions {
  readonly database: Database
  readonly analytics: Analytics
  readonly dataDir: string
  readonly nowMs: () => number
  readonly index: RequestIndex
}

const requestsAtOnce = 2000
/** The log's files are minutes behind at most; what they do not have by then was not logged (sampled out). */
const giveUpAfterMs = 900_000

/**
 * Finds out who answered the requests that feedback is about: from what was read of the log of late, else from its files.
 * Says how many it found.
 */
export async function attributeFeedback(options: AttributionOptions): Promise<number> {
  const waiting = await feedbackOverview(options.database.reader).waiting(requestsAtOnce)
  if (waiting.length === 0) return 0
  const found = new Map<string, Attribution>()
  const unknown: WaitingFeedback[] = []
  for (const feedback of waiting) {
    const attribution = options.index.find(feedback.requestId)
    if (attribution === undefined) unknown.push(feedback)
    else found.set(feedback.requestId, attribution)
  }
  for (const group of groupsOf(unknown)) await lookUp(options, group, found)
  const late = unknown.filter(
    ({ requestId, receivedAtMs }) => !found.has(requestId) && options.nowMs() - receivedAtMs > giveUpAfterMs,
  )
  await options.database.write(async (tx) => {
    const feedback = feedbackOverview(tx)
    for (const of of waiting) {
      const attribution = found.get(of.requestId)
      if (attribution !== undefined) await feedback.attribute(of, attribution)
    }
    for (const of of late) await feedback.giveUp(of)
  })
  return found.size
}

function groupsOf(feedback: readonly WaitingFeedback[]): WaitingFeedback[][] {
  return [...Map.groupBy(feedback, ({ workspace, endpoint }) => `${workspace}/${endpoint}`).values()]
}

/** Prediction ids sort by time, so that few files hold those of one span. */
async function lookUp(
  options: AttributionOptions,
  group: readonly WaitingFeedback[],
  found: Map<string, Attribution>,
): Promise<void> {
  const ids = group.map(({ requestId }) => requestId).toSorted()
  const [first, low = '', high = low] = [group[0], ids[0], ids.at(-1)]
  if (first === undefined) return
  const files = await logReads(options.database.reader, first.workspace).filesBetween(first.endpoint, low, high)
  if (files.length === 0) return
  const list = files.map(({ path }) => `'${join(options.dataDir, path).replaceAll("'", "''")}'`).join(', ')
  // Ids of our own form: letters, digits and "_" alone.
  const rows = await options.analytics.rows(
    `select request_id, any_value(deployment_id) as deployment_id, any_value(rollout_id) as rollout_id,
       any_value(rollout_step) as rollout_step
     from read_parquet([${list}], union_by_name = true, hive_partitioning = false)
     where role <> 'shadow' and request_id in (${ids.map((id) => `'${id}'`).join(', ')}) group by request_id`,
  )
  for (const row of rows) {
    const attribution = attributionOf(row)
    if (attribution !== undefined && typeof row['request_id'] === 'string') found.set(row['request_id'], attribution)
  }
}

function attributionOf({
  deployment_id: deploymentId,
  rollout_id: contextId,
  rollout_step: step = null,
}: Row): Attribution | undefined {
  if (typeof deploymentId !== 'string') return undefined
  if (typeof contextId !== 'string') return { deploymentId, contextId: null, contextStep: null }
  return { deploymentId, contextId, contextStep: step === null ? null : Number(step) }
}
