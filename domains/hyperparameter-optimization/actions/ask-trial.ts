import { ref } from '@millrace/contract'
import { createRandom } from '@millrace/statistics'
import * as contract from '../contract.ts'
import { suggest } from '../model/suggest.ts'
import { action } from '../store/studies.ts'

/** Starts the next trial. Its parameters follow from the seed, its number and what the trials before it gave. */
export const askTrial = action(contract.askTrial, async ({ store, input, nowMs, newId }) => {
  const study = await store.find(input.name)
  if (study === undefined) throw contract.problem['study-not-found']({ name: input.name })
  const { space, direction, sampler, seed, maxTrials } = study.spec
  const past = await store.trials(study.name)
  if (maxTrials !== null && past.length >= maxTrials) {
    throw contract.problem['study-finished']({ name: study.name, trials: past.length })
  }
  const number = past.length
  const history = past.map((trial) => ({ ...trial, lastStep: trial.reports.at(-1)?.step }))
  const params = suggest({ space, trials: history, direction, sampler, random: createRandom(seed, number) })
  const trial: contract.Trial = {
    id: newId('trial') as contract.Trial['id'], // newId makes it of this kind
    study: study.name,
    number,
    params: { ...params },
    state: 'running',
    value: null,
    runId: null,
    reports: [],
    startedAtMs: nowMs,
    endedAtMs: null,
  }
  await store.insertTrial(trial)
  return {
    answer: trial,
    audit: { object: ref('trial', trial.id), after: { study: study.name, number, params } },
    edges: [{ from: ref('trial', trial.id), type: 'part_of', to: ref('study', study.id) }],
  }
})
