import { readJob } from '@millrace/compute'
import type { ActionContext } from '@millrace/kernel'
import type { z } from 'zod'
import type { PipelineRun, RunStep } from '../contract.ts'
import type { AttemptRecord, RunRecord, StepRecord } from '../model/records.ts'
import type { PipelinesStore } from '../store/pipelines-store.ts'

type Ask = ActionContext<PipelinesStore, unknown>['ask']
type Shown = z.input<typeof PipelineRun>
type ShownStep = z.input<typeof RunStep>

/** Runs as the world sees them, with their steps and attempts. */
export async function showRuns(store: PipelinesStore, ask: Ask, runs: readonly RunRecord[]): Promise<Shown[]> {
  if (runs.length === 0) return []
  const ids = runs.map((run) => run.id)
  const steps = Map.groupBy(await store.steps.ofRuns(ids), (step) => step.runId)
  const attempts = Map.groupBy(await store.attempts.ofRuns(ids), (attempt) => attempt.stepId)
  const shown: Shown[] = []
  for (const run of runs) {
    const own: ShownStep[] = []
    for (const step of steps.get(run.id) ?? []) own.push(await showStep(ask, step, attempts.get(step.id) ?? []))
    shown.push(showRun(run, own))
  }
  return shown
}

function showRun(run: RunRecord, steps: ShownStep[]): Shown {
  const { id, pipeline, versionId, number, state, parameters, cancelRequested, outputs, reason } = run
  const { createdAtMs, startedAtMs, endedAtMs, trigger } = run
  return {
    id,
    pipeline,
    version: run.versionNumber,
    versionId,
    number,
    state,
    parameters,
    trigger,
    cancelRequested,
    outputs,
    reason,
    createdAtMs,
    startedAtMs,
    endedAtMs,
    steps,
  }
}

async function showStep(ask: Ask, step: StepRecord, attempts: readonly AttemptRecord[]): Promise<ShownStep> {
  const { id, name, state, plan, outputs, cacheReason, reason, startedAtMs, endedAtMs } = step
  const last = attempts.at(-1)
  // How far a running step is, its job alone knows.
  const job = state === 'running' && last !== undefined ? await ask(readJob, { id: last.jobId }) : undefined
  return {
    id,
    name,
    state,
    after: [...plan.after],
    attempts: attempts.map(({ stepId: _stepId, runId: _runId, ...shown }) => shown),
    cached: state === 'cached',
    cacheReason,
    outputs: outputs === null ? null : { ...outputs },
    progress: job?.progress ?? null,
    reason,
    startedAtMs,
    endedAtMs,
  }
}
