import { cancelJob } from '@millrace/compute'
import { ref } from '@millrace/contract'
import * as contract from '../contract.ts'
import { stepHasEnded } from '../model/records.ts'
import { action } from '../store/pipelines-store.ts'
import type { EngineContext, Progress } from './progress.ts'
import { endStep, keepRun } from './progress.ts'
import { showRuns } from './show-run.ts'

/** Cancels what has not ended: waiting steps now, running ones when their jobs have ended. */
export const cancelRun = action(contract.cancelRun, async (context) => {
  const { store, input, ask } = context
  const before = await store.runs.read(input.id)
  if (before.endedAtMs !== null || before.cancelRequested) {
    const [answer] = await showRuns(store, ask, [before])
    return { answer: present(answer, input.id), audit: 'unchanged' }
  }
  const reason = input.reason ?? null
  const version = await store.versions.read(before.versionId)
  const progress: Progress = { run: { ...before, cancelRequested: true, reason }, version, events: [], edges: [] }
  for (const step of await store.steps.ofRuns([before.id])) {
    if (stepHasEnded(step.state)) continue
    if (step.state === 'waiting') await endStep(context, progress, { ...step, state: 'cancelled', reason })
    else await cancelLastJob(context, step.id, input.reason)
  }
  await keepRun(context, progress)
  const [answer] = await showRuns(store, ask, [progress.run])
  const after = { state: progress.run.state, cancelRequested: true }
  const audit = { object: ref('pipeline-run', before.id), before: { state: before.state }, after }
  return {
    answer: present(answer, input.id),
    events: progress.events,
    audit: input.reason === undefined ? audit : { ...audit, reason: input.reason },
  }
})

async function cancelLastJob(context: EngineContext, stepId: string, reason: string | undefined): Promise<void> {
  const last = (await context.store.attempts.ofStep(stepId)).at(-1)
  if (last === undefined) return
  await context.call(cancelJob, reason === undefined ? { id: last.jobId } : { id: last.jobId, reason })
}

function present<T>(answer: T | undefined, id: string): T {
  if (answer === undefined) throw contract.problem['no-such-run']({ id })
  return answer
}
