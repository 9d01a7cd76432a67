import { hash } from 'node:crypto'
import { ref } from '@millrace/contract'
import * as contract from '../contract.ts'
import { problem } from '../model/problems.ts'
import { withTimes } from '../model/series/metric-batch.ts'
import type { TrackingStore } from '../store/tracking.ts'
import { ingest } from '../store/tracking.ts'

/**
 * Logs metrics, params and tags, all or nothing. A point, param or tag that is there already changes nothing, so a batch
 * may be sent again. Throws `param-changed`, `run-deleted`, `run-not-found`.
 */
export const logRun = ingest(contract.logRun, async ({ store, input, nowMs, guard }) => {
  const { id, metrics, params, tags } = input
  const { experiment, deleted } = await store.metrics.runOf(id)
  if (deleted) throw problem['run-deleted']({ id })
  const paramCount = await setParams(store, id, params)
  const tagCount = Object.keys(tags).length
  if (tagCount > 0) await store.tags.set(id, tags)
  const { length } = metrics.points
  if (length > 0) await guard('experiment-tracking.log-points', length)
  const bytes = length === 0 ? undefined : await store.metrics.add({ id, experiment }, withTimes(metrics, nowMs), nowMs)
  const texts = paramCount + tagCount === 0 ? '' : JSON.stringify([params, tags])
  const digest = (bytes === undefined ? '' : hash('sha256', bytes, 'base64url')) + texts
  return { answer: {}, counted: { source: ref('run', id), rows: length + paramCount + tagCount, digest } }
})

/** Sets params that are new. Throws `param-changed` for one that has another value already. */
async function setParams(store: TrackingStore, id: string, params: Readonly<Record<string, string>>): Promise<number> {
  const entries = Object.entries(params)
  if (entries.length === 0) return 0
  const known = await store.params.some(id, Object.keys(params))
  for (const [key, old] of known) {
    if (old !== params[key]) throw problem['param-changed']({ key, old, new: params[key] ?? '' })
  }
  const fresh = entries.filter(([key]) => !known.has(key))
  if (fresh.length > 0) await store.params.set(id, Object.fromEntries(fresh))
  return entries.length
}
