import * as contract from '../contract.ts'
import { query } from '../store/compute-store.ts'
import { showQueue } from './show-queue.ts'

/** A queue and how full it is. */
export const readQueue = query(contract.readQueue, async ({ store, input }) => {
  const row = await store.queues.find(input.name)
  if (row !== undefined) return showQueue(store, row)
  if (input.name !== 'default') throw contract.problem['no-such-queue']({ name: input.name })
  // It is there without being declared, and sets no limits then.
  return showQueue(store, { name: 'default', spec: '{}', created_at_ms: 0, updated_at_ms: 0 })
})

/** The declared queues, by name. */
export const listQueues = query(contract.listQueues, async ({ store }) => {
  const items = []
  for (const row of await store.queues.list()) items.push(await showQueue(store, row))
  return { items }
})
