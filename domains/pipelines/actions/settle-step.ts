import { readOutcome } from '@millrace/compute'
import { ref } from '@millrace/contract'
import { z } from 'zod'
import { OutputValues } from '../contract.ts'
import * as contract from '../model/engine-contract.ts'
import type { AttemptRecord, StepRecord } from '../model/records.ts'
import { stepHasEnded } from '../model/records.ts'
import { retryPauseMs } from '../model/retry.ts'
import type { Values } from '../model/values.ts'
import { faultOf } from '../model/values.ts'
import { action } from '../store/pipelines-store.ts'
import { cacheIdentity } from '../model/cache.ts'
import type { EngineContext, Progress } from './progress.ts'
import { endStep, keepRun, producedEdges } from './progress.ts'
import { startSteps, submitAttempt } from './start-steps.ts'

/** How an attempt ended, in the engine's words. */
interface Verdict {
  readonly state: 'succeeded' | 'failed' | 'crashed' | 'cancelled' | 'timed_out'
  readonly reason: string | null
  readonly outputs: Values | null
}

/**
 * Takes what a step's job brought. Doing it a second time changes nothing: the attempt has ended then. The steps that
 * waited start in the same transaction, so a run never stands between two steps.
 */
export const settleStep = action(contract.settleStep, async (context) => {
  const { store, input, ask, nowMs } = context
  const attempt = await store.attempts.byJob(input.jobId)
  if (attempt === undefined || attempt.endedAtMs !== null) return { answer: {}, audit: 'unchanged' }
  const step = await store.steps.find(attempt.stepId)
  if (step === undefined || stepHasEnded(step.state)) return { answer: {}, audit: 'unchanged' }
  const run = await store.runs.read(attempt.runId)
  const progress: Progress = { run, version: await store.versions.read(run.versionId), events: [], edges: [] }
  const verdict = judge(step, await ask(readOutcome, { id: input.jobId }))
  const { state, reason } = verdict
  const startedAtMs = attempt.startedAtMs ?? nowMs
  await store.attempts.save({ ...attempt, state, reason, startedAtMs, endedAtMs: nowMs })
  await settle(context, progress, { ...step, reason, startedAtMs: step.startedAtMs ?? startedAtMs }, attempt, verdict)
  await keepRun(context, progress)
  const { events, edges } = progress
  const after = { state, ...(reason === null ? {} : { reason }) }
  return { answer: {}, events, edges, audit: { object: ref('step', step.id), before: { state: step.state }, after } }
})

async function settle(
  context: EngineContext,
  progress: Progress,
  step: StepRecord,
  attempt: AttemptRecord,
  verdict: Verdict,
): Promise<void> {
  const { outputs } = verdict
  if (outputs !== null) {
    const done: StepRecord = { ...step, state: 'succeeded', outputs }
    progress.edges.push(...producedEdges(attempt.id, step, outputs))
    await keepResult(context, progress, done, outputs)
    await startSteps(context, progress, await endStep(context, progress, done))
    return
  }
  const pauseMs = await pauseBeforeRetry(context, progress, step, verdict)
  if (pauseMs !== undefined) await submitAttempt(context, progress, step, pauseMs)
  else await endStep(context, progress, { ...step, state: verdict.state === 'cancelled' ? 'cancelled' : 'failed' })
}

/** Only what failed by itself is tried again here: compute has its own budget for crashes. */
async function pauseBeforeRetry(context: EngineContext, progress: Progress, step: StepRecord, verdict: Verdict) {
  const isOwnFault = verdict.state === 'failed' || verdict.state === 'timed_out'
  if (!isOwnFault || progress.run.cancelRequested) return undefined
  const attempts = await context.store.attempts.ofStep(step.id)
  const failed = attempts.filter((earlier) => earlier.state === 'failed' || earlier.state === 'timed_out').length
  return retryPauseMs(step.plan.retries, failed)
}

function judge(step: StepRecord, outcome: { job: { state: string; reason: string | null }; answer: unknown }): Verdict {
  const { state, reason } = outcome.job
  if (state === 'succeeded') return judgeAnswer(step, outcome.answer)
  const known = z.enum(['failed', 'crashed', 'cancelled', 'timed_out']).catch('crashed').parse(state)
  return { state: known, reason: reason ?? `Its job ended as ${state}.`, outputs: null }
}

function judgeAnswer(step: StepRecord, answer: unknown): Verdict {
  const parsed = z.object({ outputs: OutputValues }).safeParse(answer)
  if (!parsed.success) return { state: 'failed', reason: 'Its job gave no outputs that can be read.', outputs: null }
  const { outputs } = parsed.data
  const faults = Object.entries(step.plan.outputs).flatMap(([name, kind]) => {
    const output = outputs[name]
    const fault = output === undefined ? 'is missing' : faultOf(kind, output)
    return fault === undefined ? [] : [`its output "${name}" ${fault}`]
  })
  if (faults.length > 0) return { state: 'failed', reason: `${faults.join('; ')}.`, outputs: null }
  return { state: 'succeeded', reason: null, outputs }
}

async function keepResult(
  context: EngineContext,
  progress: Progress,
  step: StepRecord,
  outputs: Values,
): Promise<void> {
  if (step.cacheKey === null) return
  await context.store.cache.put({
    key: step.cacheKey,
    pipeline: progress.run.pipeline,
    step: step.name,
    stepId: step.id,
    runNumber: progress.run.number,
    identity: cacheIdentity(step.plan, progress.version.filesDigest, step.inputs ?? {}),
    outputs,
    createdAtMs: context.nowMs,
  })
}
