import { ref } from '@millrace/contract'
import { createRandom } from '@millrace/statistics'
import * as contract from '../contract.ts'
import { problem } from '../contract.ts'
import { suggest } from '../model/suggest.ts'
import type { PastTrial } from '../model/trial-history.ts'
import type { TrialRow } from '../store/tables.ts'
import { action } from '../store/optimization-store.ts'
import { showTrial } from './show-study.ts'

/** Suggests parameters from what earlier trials brought, and starts a trial with them. */
export const startTrial = action(contract.startTrial, async ({ store, input, nowMs, newId }) => {
  const study = await store.studies.read(input.name)
  const { space, direction, sampler, seed, maxTrials } = contract.StudySpec.parse(JSON.parse(study.spec))
  if (maxTrials !== undefined && study.trials >= maxTrials) throw problem.exhausted({ name: study.name, maxTrials })
  const number = study.trials + 1
  const trials = (await store.trials.of(study.id)).map(pastTrial)
  // A source of its own for each trial: what is suggested does not hang on how often the server was started.
  const params = suggest({ space, trials, direction, sampler, random: createRandom('trial', seed, number) })
  const row: TrialRow = {
    id: newId('trial'),
    study_id: study.id,
    study: study.name,
    number,
    params: JSON.stringify(params),
    state: 'running',
    value: null,
    last_step: null,
    run_id: input.runId ?? null,
    started_at_ms: nowMs,
    ended_at_ms: null,
  }
  await store.trials.add(row)
  await store.studies.put({ ...study, trials: number, updated_at_ms: nowMs })
  const self = ref('trial', row.id)
  return {
    answer: showTrial(row),
    edges: [
      { from: self, type: 'part_of', to: ref('study', study.id) },
      ...(input.runId === undefined ? [] : [{ from: self, type: 'executed_as' as const, to: ref('run', input.runId) }]),
    ],
    audit: { object: self, after: { study: study.name, number, params } },
  }
})

function pastTrial(row: TrialRow): PastTrial {
  return {
    params: contract.Trial.shape.params.parse(JSON.parse(row.params)),
    value: row.value,
    state: row.state,
    ...(row.last_step === null ? {} : { lastStep: row.last_step }),
  }
}
