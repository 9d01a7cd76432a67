import { problem } from '../model/problems.ts'
import type { Run } from '../model/run.ts'
import type { RunRow } from '../store/run-rows.ts'
import type { TrackingStore } from '../store/tracking.ts'

/** A run's row. Throws `experiment-tracking/run-not-found`. */
export async function findRun(store: Pick<TrackingStore, 'runs'>, id: string): Promise<RunRow> {
  const row = await store.runs.find(id)
  if (row === undefined) throw problem['run-not-found']({ id })
  return row
}

/** A run that may be written to: only a deleted one refuses. */
export async function findWritableRun(store: Pick<TrackingStore, 'runs'>, id: string): Promise<RunRow> {
  const row = await findRun(store, id)
  if (row.deleted_at_ms !== null) throw problem['run-deleted']({ id })
  return row
}

/** The run with everything it said. */
export async function wholeRun(store: Pick<TrackingStore, 'runs'>, row: RunRow): Promise<Run> {
  const [run] = await store.runs.whole([row])
  if (run === undefined) throw problem['run-not-found']({ id: row.id })
  return run
}
