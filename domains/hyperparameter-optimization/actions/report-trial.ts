import { ref } from '@millrace/contract'
import * as contract from '../contract.ts'
import { problem } from '../contract.ts'
import { shouldPrune } from '../model/median-pruner.ts'
import type { OptimizationStore } from '../store/optimization-store.ts'
import { ingest } from '../store/optimization-store.ts'
import type { TrialRow } from '../store/tables.ts'

/** Keeps a value that a trial reports on its way. The same step reported again replaces the value. */
export const reportTrial = ingest(contract.reportTrial, async ({ store, input }) => {
  const { id, step, value } = input
  const trial = await store.trials.read(id)
  if (trial.state !== 'running') throw problem['has-ended']({ id, state: trial.state })
  await store.reports.put({ study_id: trial.study_id, trial_id: id, step, value })
  const lastStep = Math.max(step, trial.last_step ?? step)
  await store.trials.save({ ...trial, last_step: lastStep, value: step === lastStep ? value : trial.value })
  return {
    answer: { shouldPrune: await askPruner(store, trial) },
    counted: { source: ref('trial', id), rows: 1 },
  }
})

async function askPruner(store: OptimizationStore, trial: TrialRow): Promise<boolean> {
  const study = await store.studies.read(trial.study)
  const { pruner, direction } = contract.StudySpec.parse(JSON.parse(study.spec))
  if (pruner === 'none') return false
  const reports = await store.reports.of(trial.id)
  const last = reports.at(-1)
  if (last === undefined) return false
  const complete = (await store.trials.of(trial.study_id)).filter((other) => other.state === 'complete')
  const atStep = Map.groupBy(await store.reports.atStep(trial.study_id, last.step), (report) => report.trial_id)
  return shouldPrune({ reports, completeTrials: complete.map((other) => atStep.get(other.id) ?? []), direction })
}
