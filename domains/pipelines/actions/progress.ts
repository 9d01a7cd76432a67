import type { DomainEvent } from '@millrace/contract'
import { ref } from '@millrace/contract'
import type { ActionContext, LineageEdge } from '@millrace/kernel'
import { runFinished, stepFinished } from '../contract.ts'
import type { RunRecord, StepRecord, VersionRecord } from '../model/records.ts'
import { endedWell, runStateOf, stepHasEnded } from '../model/records.ts'
import { resolveOutputs } from '../model/resolve-inputs.ts'
import type { Values } from '../model/values.ts'
import type { PipelinesStore } from '../store/pipelines-store.ts'

/** What the engine's functions work with: any action's context of this domain. */
export type EngineContext = Pick<ActionContext<PipelinesStore, unknown>, 'store' | 'nowMs' | 'newId' | 'call' | 'ask'>

/** A run on its way through one transaction, and what is to be said about it. */
export interface Progress {
  run: RunRecord
  readonly version: VersionRecord
  readonly events: DomainEvent[]
  readonly edges: LineageEdge[]
}

/** Ends a step. Gives the steps that may start now; when it did not end well, all that wait for it end too. */
export async function endStep(context: EngineContext, progress: Progress, step: StepRecord): Promise<StepRecord[]> {
  await noteEnd(context, progress, step)
  if (!endedWell(step.state)) {
    await endFollowers(context, progress, step)
    return []
  }
  const names = await context.store.steps.following(step.runId, step.name)
  await context.store.steps.countDown(step.runId, names)
  if (progress.run.cancelRequested) return []
  const following = await context.store.steps.named(step.runId, names)
  return following.filter((next) => next.state === 'waiting' && next.waitsFor === 0)
}

async function endFollowers(context: EngineContext, progress: Progress, from: StepRecord): Promise<void> {
  const reason = `The step "${from.name}" ended as ${from.state}.`
  const queue = [from.name]
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    const names = await context.store.steps.following(from.runId, name)
    for (const step of await context.store.steps.named(from.runId, names)) {
      if (stepHasEnded(step.state)) continue
      await noteEnd(context, progress, { ...step, state: 'upstream_failed', reason })
      queue.push(step.name)
    }
  }
}

async function noteEnd(context: EngineContext, progress: Progress, step: StepRecord): Promise<void> {
  await context.store.steps.save({ ...step, endedAtMs: context.nowMs })
  progress.run = { ...progress.run, stepsLeft: progress.run.stepsLeft - 1 }
  const { id, runId: run, name, state } = step
  progress.events.push(stepFinished({ id, run, pipeline: progress.run.pipeline, step: name, state }))
}

/** Keeps the run, ended when its last step has. Call it last. */
export async function keepRun(context: EngineContext, progress: Progress): Promise<void> {
  if (progress.run.stepsLeft === 0 && progress.run.endedAtMs === null) await endRun(context, progress)
  await context.store.runs.save(progress.run)
}

async function endRun(context: EngineContext, progress: Progress): Promise<void> {
  const { store, nowMs } = context
  const { run, version } = progress
  const states = (await store.steps.statesOf(run.id)).map((row) => row.state)
  const state = runStateOf(states, run.cancelRequested)
  const outputs = state === 'succeeded' ? await runOutputs(store, run, version) : null
  progress.run = { ...run, state, outputs, endedAtMs: nowMs, startedAtMs: run.startedAtMs ?? nowMs }
  const { id, pipeline, trigger } = run
  progress.events.push(runFinished({ id, pipeline, state, outputs: outputs ?? {}, trigger }))
}

async function runOutputs(store: PipelinesStore, run: RunRecord, version: VersionRecord) {
  const { outputs } = version.graph
  const sources = Object.values(outputs).flatMap((source) => (source.from === 'step' ? [source.step] : []))
  return resolveOutputs(outputs, run.parameters, await outputsOf(store, run.id, [...new Set(sources)]))
}

/** The outputs of the named steps of a run. */
export async function outputsOf(
  store: PipelinesStore,
  runId: string,
  names: readonly string[],
): Promise<Map<string, Values>> {
  const steps = await store.steps.named(runId, names)
  return new Map(steps.map((step) => [step.name, step.outputs ?? {}]))
}

/** The edges that say what a step made, by its outputs that are ids. */
export function producedEdges(attemptId: string, step: StepRecord, outputs: Values): LineageEdge[] {
  return Object.entries(step.plan.outputs).flatMap(([name, kind]) => {
    const output = outputs[name]
    const value = output !== undefined && 'value' in output ? output.value : undefined
    if (kind.type !== 'id' || kind.of === undefined || typeof value !== 'string' || value === '') return []
    return [{ from: ref('step-attempt', attemptId), type: 'produced', to: ref(kind.of, value) }]
  })
}
