import type { CreateRunner, ModelRunner } from '../../model/model-runner.ts'
import type { ModelReport, PlaneModel } from '../../model/plane-snapshot.ts'
import { longestOnLoopUs } from './measure-runner.ts'
import { startThreadedRunner } from './threaded-runner.ts'

export interface LoadedModelsOptions {
  readonly createRunner: CreateRunner
  /** The file that threads start in. */
  readonly threadEntry: URL
  /** Told before a model is loaded, so that control knows which one a crash was about. */
  readonly onLoading: (versionId: string) => void
}

/** The models in this process's memory, by version id. */
export interface LoadedModels {
  /** Loads what is wanted and not there; gives one report for each. Never rejects. */
  load(wanted: readonly PlaneModel[]): Promise<readonly ModelReport[]>
  get(versionId: string): ModelRunner | undefined
  /** Lets go of models that are not wanted any more. The caller has seen that nothing runs on them. */
  keepOnly(versionIds: ReadonlySet<string>): Promise<void>
}

interface Loaded {
  readonly runner?: ModelRunner
  readonly report: ModelReport
}

/** Makes the store of models. Each is first loaded and measured in a thread, so that a slow one never holds up answers. */
export function createLoadedModels(options: LoadedModelsOptions): LoadedModels {
  const models = new Map<string, Promise<Loaded>>()
  const loaded = new Map<string, ModelRunner>()

  const start = async (model: PlaneModel): Promise<Loaded> => {
    options.onLoading(model.versionId)
    const result = await loadOne(options, model)
    if (result.runner !== undefined) loaded.set(model.versionId, result.runner)
    return result
  }
  return {
    load: async (wanted) => {
      const reports: ModelReport[] = []
      for (const model of wanted) {
        const known = models.get(model.versionId) ?? start(model)
        models.set(model.versionId, known)
        const { report } = await known
        // A failed load is tried again with the next snapshot that wants it: the file may have come by then.
        if (!report.ok) models.delete(model.versionId)
        reports.push(report)
      }
      return reports
    },
    get: (versionId) => loaded.get(versionId),
    keepOnly: async (versionIds) => {
      for (const [versionId, runner] of loaded) {
        if (versionIds.has(versionId)) continue
        loaded.delete(versionId)
        models.delete(versionId)
        await runner.close()
      }
    },
  }
}

async function loadOne(options: LoadedModelsOptions, { versionId, source }: PlaneModel): Promise<Loaded> {
  try {
    const { runner, runUs } = await startThreadedRunner(options.threadEntry, source)
    const { signature, platform } = runner
    const threaded = runUs > longestOnLoopUs
    const report = { versionId, ok: true, signature, platform, runUs: Math.round(runUs * 10) / 10, threaded } as const
    if (threaded) return { report, runner }
    await runner.close()
    return { report, runner: await options.createRunner(source) }
  } catch (error) {
    return { report: { versionId, ok: false, reason: error instanceof Error ? error.message : String(error) } }
  }
}
