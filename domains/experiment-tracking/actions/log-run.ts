import { createHash } from 'node:crypto'
import { ref } from '@millrace/contract'
import * as contract from '../contract.ts'
import { toNumber } from '../model/metric-value.ts'
import { problem } from '../model/problems.ts'
import { ingest } from '../store/tracking.ts'
import { findWritableRun } from './find-run.ts'

/**
 * Logs metrics, params and tags, all or nothing. A point, param or tag that is there already changes nothing, so a batch
 * may be sent again. Throws `param-changed`, `run-deleted`, `run-not-found`.
 */
export const logRun = ingest(contract.logRun, async ({ store, input, nowMs }) => {
  const { id, metrics, params, tags } = input
  await findWritableRun(store, id)
  const known = await store.params.some(id, Object.keys(params))
  for (const [key, old] of known) {
    if (old !== params[key]) throw problem['param-changed']({ key, old, new: params[key] ?? '' })
  }
  await store.params.set(id, Object.fromEntries(Object.entries(params).filter(([key]) => !known.has(key))))
  await store.tags.set(id, tags)
  const points = metrics.map(({ key, value, step, timestampMs }) => ({
    key,
    step,
    atMs: timestampMs ?? nowMs,
    value: toNumber(value),
  }))
  await store.metrics.add(id, points)
  const rows = metrics.length + Object.keys(params).length + Object.keys(tags).length
  const digest = createHash('sha256').update(JSON.stringify(input)).digest('hex')
  return { answer: {}, counted: { source: ref('run', id), rows, digest } }
})
