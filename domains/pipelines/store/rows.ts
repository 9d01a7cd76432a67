import type { AttemptRecord, RunRecord, StepRecord, VersionRecord } from '../model/records.ts'
import type { PipelinesTables } from './tables.ts'

type Row<T extends keyof PipelinesTables> = PipelinesTables[T]
type Without<T extends keyof PipelinesTables> = Omit<Row<T>, 'workspace'>

// What is parsed here was written by the functions beside it, from values of that very type.

export function versionOfRow(row: Row<'pipelines_version'>): VersionRecord {
  const { id, pipeline, number, module } = row
  return {
    id,
    pipeline,
    number,
    module,
    filesDigest: row.files_digest,
    codeId: row.code_id,
    graph: JSON.parse(row.graph) as VersionRecord['graph'],
    parameters: JSON.parse(row.parameters) as VersionRecord['parameters'],
  }
}

export function runToRow(run: RunRecord): Without<'pipelines_run'> {
  const { id, pipeline, number, state, reason } = run
  return {
    id,
    pipeline,
    number,
    state,
    reason,
    version_id: run.versionId,
    version_number: run.versionNumber,
    parameters: JSON.stringify(run.parameters),
    trigger_kind: run.trigger.kind,
    trigger_id: run.trigger.id,
    trigger_reason: run.trigger.reason ?? null,
    start_key: run.key,
    use_cache: run.useCache ? 1 : 0,
    cancel_requested: run.cancelRequested ? 1 : 0,
    outputs: run.outputs === null ? null : JSON.stringify(run.outputs),
    steps_left: run.stepsLeft,
    created_at_ms: run.createdAtMs,
    started_at_ms: run.startedAtMs,
    ended_at_ms: run.endedAtMs,
  }
}

export function runOfRow(row: Row<'pipelines_run'>): RunRecord {
  const { id, pipeline, number, state, reason, trigger_reason: triggerReason } = row
  return {
    id,
    pipeline,
    number,
    state,
    reason,
    versionId: row.version_id,
    versionNumber: row.version_number,
    parameters: JSON.parse(row.parameters) as RunRecord['parameters'],
    trigger: {
      kind: row.trigger_kind,
      id: row.trigger_id,
      ...(triggerReason === null ? {} : { reason: triggerReason }),
    },
    key: row.start_key,
    useCache: row.use_cache === 1,
    cancelRequested: row.cancel_requested === 1,
    outputs: row.outputs === null ? null : (JSON.parse(row.outputs) as RunRecord['outputs']),
    stepsLeft: row.steps_left,
    createdAtMs: row.created_at_ms,
    startedAtMs: row.started_at_ms,
    endedAtMs: row.ended_at_ms,
  }
}

export function stepToRow(step: StepRecord): Without<'pipelines_step'> {
  const { id, name, position, state, reason } = step
  return {
    id,
    name,
    position,
    state,
    reason,
    run_id: step.runId,
    plan: JSON.stringify(step.plan),
    waits_for: step.waitsFor,
    inputs: step.inputs === null ? null : JSON.stringify(step.inputs),
    outputs: step.outputs === null ? null : JSON.stringify(step.outputs),
    cached_from: step.cachedFrom,
    cache_reason: step.cacheReason,
    cache_key: step.cacheKey,
    started_at_ms: step.startedAtMs,
    ended_at_ms: step.endedAtMs,
  }
}

export function stepOfRow(row: Row<'pipelines_step'>): StepRecord {
  const { id, name, position, state, reason } = row
  return {
    id,
    name,
    position,
    state,
    reason,
    runId: row.run_id,
    plan: JSON.parse(row.plan) as StepRecord['plan'],
    waitsFor: row.waits_for,
    inputs: row.inputs === null ? null : (JSON.parse(row.inputs) as StepRecord['inputs']),
    outputs: row.outputs === null ? null : (JSON.parse(row.outputs) as StepRecord['outputs']),
    cachedFrom: row.cached_from,
    cacheReason: row.cache_reason,
    cacheKey: row.cache_key,
    startedAtMs: row.started_at_ms,
    endedAtMs: row.ended_at_ms,
  }
}

export function attemptToRow(attempt: AttemptRecord): Without<'pipelines_attempt'> {
  const { id, number, state, reason } = attempt
  return {
    id,
    number,
    state,
    reason,
    step_id: attempt.stepId,
    run_id: attempt.runId,
    job_id: attempt.jobId,
    started_at_ms: attempt.startedAtMs,
    ended_at_ms: attempt.endedAtMs,
  }
}

export function attemptOfRow(row: Row<'pipelines_attempt'>): AttemptRecord {
  const { id, number, state, reason } = row
  return {
    id,
    number,
    state,
    reason,
    stepId: row.step_id,
    runId: row.run_id,
    jobId: row.job_id,
    startedAtMs: row.started_at_ms,
    endedAtMs: row.ended_at_ms,
  }
}
