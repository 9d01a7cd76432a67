import { ref } from '@millrace/contract'
import * as contract from '../contract.ts'
import { action } from '../store/tracking.ts'
import { findRun, wholeRun } from './find-run.ts'

/** Marks a run deleted, unless something holds it (`kernel/held`) or a later domain vetoes. Deleting it twice changes nothing. */
export const deleteRun = action(contract.deleteRun, async ({ store, input, actor, nowMs, guard, holds }) => {
  const row = await findRun(store, input.id)
  if (row.deleted_at_ms !== null) return { answer: {}, audit: 'unchanged' }
  const run = await wholeRun(store, row)
  await guard('experiment-tracking.delete-run', { runId: run.id, experiment: run.experiment, actor })
  await holds.refuseIfHeld(ref('run', run.id))
  await store.runs.update(run.id, { deleted_at_ms: nowMs })
  return {
    answer: {},
    events: [contract.runDeleted({ id: run.id, experiment: run.experiment, name: run.name })],
    audit: { object: ref('run', run.id), before: { deleted: false }, after: { deleted: true } },
  }
})

/** Takes the mark away again. */
export const restoreRun = action(contract.restoreRun, async ({ store, input }) => {
  const row = await findRun(store, input.id)
  if (row.deleted_at_ms === null) return { answer: {}, audit: 'unchanged' }
  const run = await wholeRun(store, row)
  await store.runs.update(run.id, { deleted_at_ms: null })
  return {
    answer: {},
    events: [contract.runRestored({ id: run.id, experiment: run.experiment, name: run.name })],
    audit: { object: ref('run', run.id), before: { deleted: true }, after: { deleted: false } },
  }
})
