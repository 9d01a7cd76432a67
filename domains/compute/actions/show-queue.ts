import { QueueSpec } from '../contract.ts'
import type { ComputeStore } from '../store/compute-store.ts'

/** A queue with its limits and how many jobs wait and run in it. */
export async function showQueue(
  store: ComputeStore,
  row: { name: string; spec: string; created_at_ms: number; updated_at_ms: number },
) {
  const counts = await store.jobs.countByState(row.name)
  const total = (wanted: (state: string) => boolean) =>
    counts.filter((entry) => wanted(entry.state)).reduce((sum, entry) => sum + entry.count, 0)
  return {
    name: row.name,
    spec: QueueSpec.parse(JSON.parse(row.spec)),
    queued: total((state) => state === 'queued'),
    running: total((state) => state !== 'queued'),
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
  }
}
