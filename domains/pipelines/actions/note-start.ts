import { ref } from '@millrace/contract'
import * as contract from '../model/engine-contract.ts'
import { action } from '../store/pipelines-store.ts'

/** Says that a step's attempt runs, and with it its step and its run. */
export const noteStart = action(contract.noteStart, async ({ store, input, nowMs }) => {
  const attempt = await store.attempts.byJob(input.jobId)
  if (attempt === undefined || attempt.endedAtMs !== null || attempt.state === 'running')
    return { answer: {}, audit: 'unchanged' }
  await store.attempts.save({ ...attempt, state: 'running', startedAtMs: attempt.startedAtMs ?? nowMs })
  const step = await store.steps.find(attempt.stepId)
  if (step?.state === 'ready')
    await store.steps.save({ ...step, state: 'running', startedAtMs: step.startedAtMs ?? nowMs })
  const run = await store.runs.read(attempt.runId)
  if (run.state === 'queued') await store.runs.save({ ...run, state: 'running', startedAtMs: run.startedAtMs ?? nowMs })
  return {
    answer: {},
    audit: { object: ref('step-attempt', attempt.id), before: { state: attempt.state }, after: { state: 'running' } },
  }
})
