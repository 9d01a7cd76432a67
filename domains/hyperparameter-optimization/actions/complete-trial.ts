import { ref } from '@millrace/contract'
import type { z } from 'zod'
import * as contract from '../contract.ts'
import { problem, trialEnded } from '../contract.ts'
import type { TrialRow } from '../store/tables.ts'
import { action } from '../store/optimization-store.ts'
import { showTrial } from './show-study.ts'

/** Ends a trial. Ending it the same way again changes nothing. */
export const completeTrial = action(contract.completeTrial, async ({ store, input, nowMs }) => {
  const { id } = input
  const trial = await store.trials.read(id)
  const end = endOf(trial, input)
  if (trial.state !== 'running') {
    const same = trial.state === end.state && trial.value === end.value && trial.run_id === end.run_id
    if (!same) throw problem['has-ended']({ id, state: trial.state })
    return { answer: showTrial(trial), audit: 'unchanged' }
  }
  if (end.state === 'complete' && end.value === null) throw problem['no-value']({ id })
  const ended: TrialRow = { ...trial, ...end, ended_at_ms: nowMs }
  await store.trials.save(ended)
  const self = ref('trial', id)
  const { study, number, state, value, run_id: runId } = ended
  return {
    answer: showTrial(ended),
    events: [trialEnded({ id, study, number, state, value })],
    edges: runId === null ? [] : [{ from: self, type: 'executed_as', to: ref('run', runId) }],
    audit: { object: self, before: { state: trial.state }, after: { state, value, runId } },
  }
})

/** A pruned trial's value is what it reported last; a failed one has none. */
function endOf(trial: TrialRow, input: z.output<typeof contract.completeTrial.input>) {
  const { state } = input
  return {
    state,
    value: input.value ?? (state === 'pruned' ? trial.value : null),
    run_id: input.runId ?? trial.run_id,
  }
}
