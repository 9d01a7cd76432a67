import { stat } from 'node:fs/promises'
import type { CreateRunner, ModelRunner } from '../../../model/model-runner.ts'
import type { ModelReport, PlaneModel } from '../../../model/plane-snapshot.ts'
import { checkInputs } from '../../../model/check-inputs.ts'
import { readRows } from '../read-rows.ts'
import { longestOnLoopUs, measureRunUs } from './measure-runner.ts'
import { startThreadedRunner } from './threaded-runner.ts'

/** Rows of named values that a model runs before it is ready. */
export type WarmUpRows = readonly Readonly<Record<string, unknown>>[]

export interface LoadModelOptions {
  readonly createRunner: CreateRunner
  readonly threadEntry: URL
}

export interface LoadedModel {
  readonly report: ModelReport
  readonly runner: ModelRunner | undefined
}

/** A session of its own costs this much, however small its model: what a process grows by is too coarse to show it. */
const leastBytes = 1024 * 1024

interface Measured {
  readonly runner: ModelRunner
  readonly runUs: number
  readonly threaded: boolean
}

/**
 * Loads, measures and warms up. A model that computes here is first measured in a thread, so that a slow one never holds
 * up answers; one that was measured before goes where it belongs at once.
 */
export async function loadModel(
  options: LoadModelOptions,
  model: PlaneModel & { readonly warmUp: WarmUpRows },
  before: ModelReport | undefined,
): Promise<LoadedModel> {
  const { versionId } = model
  const beforeBytes = process.memoryUsage.rss()
  try {
    const { runner, runUs, threaded } = await place(options, model, before)
    await warmUp(runner, model.warmUp)
    const { signature, platform } = runner
    const grownBytes = process.memoryUsage.rss() - beforeBytes
    const memoryBytes = runner.elsewhere === true ? 0 : Math.max(grownBytes, await fileBytes(model), leastBytes)
    const rounded = Number.isFinite(runUs) ? Math.round(runUs * 10) / 10 : 0
    return { runner, report: { versionId, ok: true, signature, platform, runUs: rounded, threaded, memoryBytes } }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { runner: undefined, report: { versionId, ok: false, reason } }
  }
}

async function place(options: LoadModelOptions, model: PlaneModel, before: ModelReport | undefined): Promise<Measured> {
  const { source } = model
  if (source.format === 'onnx') {
    if (before?.ok === true && !before.threaded) {
      return { runner: await options.createRunner(source), runUs: before.runUs, threaded: false }
    }
    const { runner, runUs } = await startThreadedRunner(options.threadEntry, source)
    if (runUs > longestOnLoopUs) return { runner, runUs, threaded: true }
    await runner.close()
    return { runner: await options.createRunner(source), runUs, threaded: false }
  }
  const runner = await options.createRunner(source)
  const runUs = runner.signature.inputs.length === 0 ? 0 : await measureRunUs(runner)
  if (runner.elsewhere === true || runUs <= longestOnLoopUs) return { runner, runUs, threaded: false }
  await runner.close()
  return { ...(await startThreadedRunner(options.threadEntry, source)), threaded: true }
}

async function warmUp(runner: ModelRunner, rows: WarmUpRows): Promise<void> {
  if (rows.length === 0) return
  const { tensors } = readRows(rows, runner.signature)
  await runner.run(checkInputs(runner.signature, tensors).inputs)
}

async function fileBytes({ source }: PlaneModel): Promise<number> {
  if (!('path' in source)) return 0
  return (await stat(source.path)).size
}
