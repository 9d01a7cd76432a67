import { ref } from '@millrace/contract'
import { runStarted } from '../contract.ts'
import { completeParameters } from '../model/parameters.ts'
import type { RunRecord, StepRecord, VersionRecord } from '../model/records.ts'
import type { Json } from '../model/values.ts'
import type { EngineContext, Progress } from './progress.ts'
import { keepRun } from './progress.ts'
import { startSteps } from './start-steps.ts'

/** What a run is started with. */
export interface Beginning {
  readonly pipeline: string
  readonly parameters: Readonly<Record<string, Json>>
  readonly trigger: RunRecord['trigger']
  readonly useCache: boolean
  readonly key: string | null
}

/** Makes a run of the newest version with all its steps, and starts the first of them. Throws `pipelines/bad-parameters`. */
export async function beginRun(context: EngineContext, beginning: Beginning): Promise<Progress> {
  const { store } = context
  const pipeline = await store.pipelines.read(beginning.pipeline)
  const version = await store.versions.read(pipeline.version_id)
  const run = newRun(context, beginning, version, pipeline.runs + 1)
  await store.pipelines.setRuns(pipeline.name, run.number)
  await store.runs.add(run)
  const steps = newSteps(context, run, version)
  await store.steps.addAll(steps)
  const progress: Progress = { run, version, events: [], edges: [] }
  announce(progress, steps)
  await startSteps(
    context,
    progress,
    steps.filter((step) => step.waitsFor === 0),
  )
  await keepRun(context, progress)
  return progress
}

function announce(progress: Progress, steps: readonly StepRecord[]): void {
  const { run, version } = progress
  const self = ref('pipeline-run', run.id)
  progress.events.push(runStarted({ id: run.id, pipeline: run.pipeline, number: run.number, trigger: run.trigger }))
  progress.edges.push(
    { from: self, type: 'part_of', to: ref('pipeline-version', version.id) },
    { from: ref(run.trigger.kind, run.trigger.id), type: 'triggered', to: self },
    ...steps.map((step) => ({ from: ref('step', step.id), type: 'part_of' as const, to: self })),
  )
}

function newRun(context: EngineContext, beginning: Beginning, version: VersionRecord, number: number): RunRecord {
  const { nowMs, newId } = context
  const { pipeline, trigger, useCache, key } = beginning
  return {
    id: newId('prun'),
    pipeline,
    versionId: version.id,
    versionNumber: version.number,
    number,
    state: 'queued',
    parameters: completeParameters(version.parameters, beginning.parameters),
    trigger,
    key,
    useCache,
    cancelRequested: false,
    outputs: null,
    reason: null,
    stepsLeft: version.graph.steps.length,
    createdAtMs: nowMs,
    startedAtMs: null,
    endedAtMs: null,
  }
}

function newSteps(context: EngineContext, run: RunRecord, version: VersionRecord): StepRecord[] {
  return version.graph.steps.map((plan, position) => ({
    id: context.newId('step'),
    runId: run.id,
    name: plan.name,
    position,
    plan,
    state: 'waiting',
    waitsFor: plan.after.length,
    inputs: null,
    outputs: null,
    cachedFrom: null,
    cacheReason: null,
    cacheKey: null,
    reason: null,
    startedAtMs: null,
    endedAtMs: null,
  }))
}
