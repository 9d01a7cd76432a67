import { ref } from '@millrace/contract'
import * as contract from '../contract.ts'
import { action } from '../store/tracking.ts'
import { findActiveExperiment, findExperiment } from './find-experiment.ts'

const { problem } = contract

/** Deletes an experiment with its active runs. A run that is held, or that a later domain keeps, keeps the experiment too. */
export const deleteExperiment = action(
  contract.deleteExperiment,
  async ({ store, input, actor, nowMs, guard, holds }) => {
    const experiment = await findActiveExperiment(store, input.name)
    for (const id of await store.runs.activeIds(experiment.number)) {
      await guard('experiment-tracking.delete-run', { runId: id, experiment: experiment.name, actor })
      await holds.refuseIfHeld(ref('run', id))
    }
    await store.runs.markAll(experiment.number, { delete: true, atMs: nowMs })
    await store.experiments.update(experiment.number, { deleted_at_ms: nowMs, updated_at_ms: nowMs })
    return {
      answer: {},
      events: [contract.experimentDeleted({ id: experiment.id, name: experiment.name })],
      audit: { object: ref('experiment', experiment.name), before: { deleted: false }, after: { deleted: true } },
    }
  },
)

/** Restores a deleted experiment with the runs that were deleted with it. */
export const restoreExperiment = action(contract.restoreExperiment, async ({ store, input, nowMs }) => {
  const experiment = await findExperiment(store, input.name)
  if (!experiment.deleted) throw problem['experiment-not-found']({ experiment: `${input.name} (deleted)` })
  const deletedAtMs = await store.experiments.deletedAtMs(experiment.number)
  await store.runs.markAll(experiment.number, { delete: false, atMs: deletedAtMs })
  await store.experiments.update(experiment.number, { deleted_at_ms: null, updated_at_ms: nowMs })
  return {
    answer: {},
    audit: { object: ref('experiment', experiment.name), before: { deleted: true }, after: { deleted: false } },
  }
})
