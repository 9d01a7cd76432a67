import { canonicalJson, ref } from '@millrace/contract'
import * as contract from '../contract.ts'
import { action } from '../store/compute-store.ts'
import { showQueue } from './show-queue.ts'

/** Declares a queue. Declaring the same again changes nothing. */
export const putQueue = action(contract.putQueue, async ({ store, input, nowMs }) => {
  const { name, ...spec } = input
  const before = await store.queues.find(name)
  if (before !== undefined && canonicalJson(JSON.parse(before.spec)) === canonicalJson(spec))
    return { answer: await showQueue(store, before), audit: 'unchanged' }
  const row = { name, spec: JSON.stringify(spec), created_at_ms: before?.created_at_ms ?? nowMs, updated_at_ms: nowMs }
  await store.queues.put(row)
  return {
    answer: await showQueue(store, row),
    audit: {
      object: ref('queue', name),
      after: spec,
      ...(before === undefined ? {} : { before: JSON.parse(before.spec) as unknown }),
    },
  }
})
