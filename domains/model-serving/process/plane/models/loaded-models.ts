import { isDeepStrictEqual } from 'node:util'
import type { CreateRunner, ModelRunner } from '../../../model/model-runner.ts'
import type { ModelSource } from '../../../model/model-source.ts'
import type { ModelReport, PlaneDeployment } from '../../../model/plane-snapshot.ts'
import type { SourceQuestions } from './ask-source.ts'
import type { WarmUpRows } from './load-model.ts'
import { loadModel } from './load-model.ts'

export interface LoadedModelsOptions {
  readonly createRunner: CreateRunner
  /** The file that threads start in. */
  readonly threadEntry: URL
  readonly sources: Pick<SourceQuestions, 'resolve'>
  /** Told before a model is loaded, so that control knows which one a crash was about. */
  readonly onLoading: (versionId: string) => void
  readonly nowMs: () => number
  /** What models that may leave take together at most; Infinity where nothing says. */
  readonly memoryBytes: number
}

/** A model that a snapshot names. */
export interface WantedModel extends Pick<PlaneDeployment, 'versionId' | 'source'> {
  readonly onDemand: boolean
  /** Leaves memory after so long without a request. */
  readonly idleMs: number
  readonly warmUp: WarmUpRows
}

/** The models in this process's memory, by version id. */
export interface LoadedModels {
  /** Loads what is wanted now and not there; gives one report for each model that it knows about. Never rejects. */
  load(wanted: readonly WantedModel[]): Promise<readonly ModelReport[]>
  /** Undefined when no snapshot names it, or it could not be loaded. */
  get(versionId: string): ServedModel | undefined
  /** Lets go of models that are not wanted any more, each when the last request that uses it is done. */
  keepOnly(versionIds: ReadonlySet<string>): void
  /** The runner, loaded now where it is not there. Rejects with the sentence of why it cannot be. */
  wake(model: ServedModel): Promise<ModelRunner>
  /** Lets go of models that nobody asked for in their time, and of those that were still in use before. */
  sweep(): void
}

/** A model whose runner may come and go. */
export class ServedModel {
  wanted: WantedModel
  /** What became of its last load. */
  report: ModelReport | undefined
  runner: ModelRunner | undefined
  /** What it was loaded from. */
  source: ModelSource | undefined
  /** Requests that use the runner now: it stays while there are any. */
  users = 0
  lastUsedMs = 0
  loading: Promise<ModelRunner | undefined> | undefined

  constructor(wanted: WantedModel) {
    this.wanted = wanted
  }

  mayLeave(): boolean {
    return this.runner !== undefined && this.users === 0 && (this.wanted.onDemand || this.wanted.idleMs < Infinity)
  }

  memoryBytes(): number {
    return this.runner === undefined || this.report?.ok !== true ? 0 : this.report.memoryBytes
  }
}

/** Makes the store of models. */
export function createLoadedModels(options: LoadedModelsOptions): LoadedModels {
  const models = new Map<string, ServedModel>()
  const leaving = new Set<ServedModel>()
  // Of versions whose source is another now: they answer until the new table is there.
  const replaced = new Set<ServedModel>()
  const start = createLoader(options, models)
  return {
    load: async (wanted) => {
      for (const each of wanted) {
        const known = models.get(each.versionId)
        if (known !== undefined && isDeepStrictEqual(known.wanted.source, each.source)) known.wanted = each
        else {
          models.set(each.versionId, new ServedModel(each))
          if (known !== undefined) replaced.add(known)
        }
      }
      const asked = wanted.map(({ versionId }) => models.get(versionId)).filter((model) => model !== undefined)
      // One that left after its time comes back with a request; one that failed is tried again: its file may be there now.
      await Promise.all(asked.filter((model) => !model.wanted.onDemand && model.report?.ok !== true).map(start))
      return asked.map(({ report }) => report).filter((report) => report !== undefined)
    },
    get: (versionId) => {
      const model = models.get(versionId)
      return model?.wanted.onDemand === true || model?.report?.ok === true ? model : undefined
    },
    wake: async (model) => {
      const runner = model.runner ?? (await start(model))
      if (runner !== undefined) return runner
      throw new Error(model.report?.ok === false ? model.report.reason : 'it could not be loaded')
    },
    keepOnly: (versionIds) => {
      for (const [versionId, model] of models) {
        if (versionIds.has(versionId)) continue
        models.delete(versionId)
        leaving.add(model)
      }
      for (const model of replaced) leaving.add(model)
      replaced.clear()
      letGoUnused(leaving)
    },
    sweep: () => {
      letGoIdle(models.values(), options.nowMs())
      letGoUnused(leaving)
    },
  }
}

/**
 * Loads a model that is not there. Those that live in this process are loaded one after the other: what a load adds to the
 * memory is then what the process grew by. Those that live elsewhere wait for nobody.
 */
function createLoader(options: LoadedModelsOptions, models: ReadonlyMap<string, ServedModel>) {
  let last: Promise<unknown> = Promise.resolve()
  const loadNow = async (model: ServedModel, source: ModelSource): Promise<ModelRunner | undefined> => {
    if (model.runner !== undefined) return model.runner
    options.onLoading(model.wanted.versionId)
    const { report, runner } = await loadModel(options, { ...model.wanted, source }, model.report)
    model.source = source
    model.report = report
    model.runner = runner
    model.lastUsedMs = options.nowMs()
    makeRoom(models, options.memoryBytes, model)
    return runner
  }
  const inTurn = (model: ServedModel, source: ModelSource): Promise<ModelRunner | undefined> => {
    if (source.format === 'python' || source.format === 'remote') return loadNow(model, source)
    const loading = last.then(() => loadNow(model, source))
    last = loading
    return loading
  }
  /** Bringing it may take minutes, in which others are loaded. */
  const bring = async (model: ServedModel, workspace: string): Promise<ModelRunner | undefined> => {
    const found = await options.sources.resolve(workspace, model.wanted.versionId)
    if (!('ok' in found)) return inTurn(model, found.source)
    model.report = found
    return undefined
  }
  return (model: ServedModel): Promise<ModelRunner | undefined> => {
    if (model.loading !== undefined) return model.loading
    const { source } = model.wanted
    const loading = (source.format === 'registered' ? bring(model, source.workspace) : inTurn(model, source)).finally(
      () => {
        model.loading = undefined
      },
    )
    model.loading = loading
    return loading
  }
}

/** A request may have met the table of before; a model that is loading is closed once it is there. */
function letGoUnused(leaving: Set<ServedModel>): void {
  for (const model of leaving) {
    if (model.users > 0 || model.loading !== undefined) continue
    leaving.delete(model)
    void letGo(model)
  }
}

function letGoIdle(models: Iterable<ServedModel>, nowMs: number): void {
  for (const model of models) {
    if (model.mayLeave() && nowMs - model.lastUsedMs > model.wanted.idleMs) void letGo(model)
  }
}

/** The longest unused leave until all that may leave fit; the newest stays. */
function makeRoom(models: ReadonlyMap<string, ServedModel>, limitBytes: number, newest: ServedModel): void {
  if (limitBytes === Infinity) return
  let takenBytes = 0
  for (const model of models.values()) takenBytes += model.memoryBytes()
  if (takenBytes <= limitBytes) return
  const leaving = [...models.values()]
    .filter((model) => model !== newest && model.mayLeave())
    .toSorted((one, other) => one.lastUsedMs - other.lastUsedMs)
  for (const model of leaving) {
    if (takenBytes <= limitBytes) return
    takenBytes -= model.memoryBytes()
    void letGo(model)
  }
}

async function letGo(model: ServedModel): Promise<void> {
  const { runner } = model
  model.runner = undefined
  await runner?.close().catch(() => {}) // it is gone either way
}
