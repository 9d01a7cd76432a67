import { submitJob } from '@millrace/compute'
import { ref } from '@millrace/contract'
import type { LineageEdge } from '@millrace/kernel'
import { cacheIdentity, hitReason, missReason } from '../model/cache.ts'
import type { AttemptRecord, StepRecord } from '../model/records.ts'
import { namedParameters, resolveInputs } from '../model/resolve-inputs.ts'
import type { Values } from '../model/values.ts'
import type { CacheEntry } from '../store/cache.ts'
import { cacheKey } from './cache-key.ts'
import type { EngineContext, Progress } from './progress.ts'
import { endStep, outputsOf } from './progress.ts'

/** The entry under which compute knows the program of a step. */
export const stepEntry = 'pipelines.run-step'

/** Starts steps whose predecessors have ended: each takes a cached result or becomes a job; those it frees follow. */
export async function startSteps(
  context: EngineContext,
  progress: Progress,
  ready: readonly StepRecord[],
): Promise<void> {
  const queue = [...ready]
  for (let step = queue.shift(); step !== undefined; step = queue.shift()) {
    const outputs = await outputsOf(context.store, step.runId, step.plan.after)
    const prepared = await consultCache(context, progress, {
      ...step,
      inputs: resolveInputs(step.plan, progress.run.parameters, outputs),
    })
    if (prepared.state === 'cached') queue.push(...(await endStep(context, progress, prepared)))
    else await submitAttempt(context, progress, prepared, 0)
  }
}

async function consultCache(context: EngineContext, progress: Progress, step: StepRecord): Promise<StepRecord> {
  const { run, version } = progress
  if (!step.plan.cache.on) return step
  if (!run.useCache) return { ...step, cacheReason: 'This run was started without the cache.' }
  const identity = cacheIdentity(step.plan, version.filesDigest, step.inputs ?? {})
  const key = cacheKey(identity)
  const found = await context.store.cache.find(key)
  if (found === undefined || isTooOld(found, step, context.nowMs)) {
    const last = found ?? (await context.store.cache.newest(run.pipeline, step.name))
    return { ...step, cacheKey: key, cacheReason: missReason(identity, last?.identity) }
  }
  const { outputs, stepId, runNumber } = found
  progress.edges.push({ from: ref('step', step.id), type: 'derived_from', to: ref('step', stepId) })
  const { nowMs } = context
  return {
    ...step,
    state: 'cached',
    outputs,
    cachedFrom: stepId,
    cacheKey: key,
    cacheReason: hitReason(runNumber),
    startedAtMs: nowMs,
  }
}

function isTooOld(entry: CacheEntry, step: StepRecord, nowMs: number): boolean {
  const { maxAgeMs } = step.plan.cache
  return maxAgeMs !== null && nowMs - entry.createdAtMs > maxAgeMs
}

/** Submits the next attempt of a step, to start `pauseMs` from now at the earliest. */
export async function submitAttempt(
  context: EngineContext,
  progress: Progress,
  step: StepRecord,
  pauseMs: number,
): Promise<void> {
  const { store, nowMs, newId, call } = context
  const { run, version } = progress
  const { plan } = step
  const earlier = await store.attempts.ofStep(step.id)
  const job = await call(submitJob, {
    kind: 'pipelines.step',
    name: `${run.pipeline} #${run.number} ${step.name}`,
    queue: plan.queue,
    resources: plan.resources,
    entry: stepEntry,
    input: {
      module: version.module,
      filesDigest: version.filesDigest,
      uses: plan.uses,
      run: { id: run.id, number: run.number, pipeline: run.pipeline, step: step.name },
      inputs: plainValues(step.inputs ?? {}),
      outputs: Object.fromEntries(Object.entries(plan.outputs).map(([name, kind]) => [name, plainKind(kind)])),
      parameters: namedParameters(plan, run.parameters),
    },
    scopes: ['read', 'write', 'predict'],
    timeoutMs: plan.timeoutMs,
    group: run.id,
    notBeforeMs: pauseMs === 0 ? 0 : nowMs + pauseMs,
  })
  const attempt: AttemptRecord = {
    id: newId('att'),
    stepId: step.id,
    runId: run.id,
    number: earlier.length + 1,
    state: 'queued',
    jobId: job.id,
    startedAtMs: null,
    endedAtMs: null,
    reason: null,
  }
  await store.attempts.add(attempt)
  await store.steps.save({ ...step, state: 'ready' })
  progress.edges.push(...attemptEdges(attempt, step, version.codeId))
}

function attemptEdges(attempt: AttemptRecord, step: StepRecord, codeId: string): LineageEdge[] {
  const from = ref('step-attempt', attempt.id)
  const data = Object.entries(step.plan.inputs).flatMap(([name, { kind }]): LineageEdge[] => {
    const input = step.inputs?.[name]
    const value = input !== undefined && 'value' in input ? input.value : undefined
    const isData = kind.type === 'id' && kind.of === 'dataset-version' && typeof value === 'string'
    if (!isData) return []
    return [{ from: ref('job', attempt.jobId), type: 'used_data', to: ref('dataset-version', value), context: name }]
  })
  return [
    { from, type: 'part_of', to: ref('step', step.id) },
    { from, type: 'executed_as', to: ref('job', attempt.jobId) },
    { from, type: 'used_code', to: ref('code-version', codeId) },
    ...data,
  ]
}

function plainValues(values: Values) {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      'file' in value ? { file: { ...value.file } } : { value: value.value },
    ]),
  )
}

function plainKind(kind: StepRecord['plan']['outputs'][string]) {
  const { type, choices, min, max } = kind
  return {
    type,
    ...(choices === undefined ? {} : { choices: [...choices] }),
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
  }
}
