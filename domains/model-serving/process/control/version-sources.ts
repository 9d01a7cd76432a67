import type { CallContext } from '@millrace/kernel'
import { systemActor } from '@millrace/kernel'
import type { ModelSource } from '../../model/model-source.ts'
import type { ModelReport, PlaneModel } from '../../model/plane-snapshot.ts'

/** A version and the workspace that it is of. */
export interface WorkspaceVersion {
  readonly workspace: string
  readonly versionId: string
}

/** What runs versions, each found out once: their files are copied here, their environments built. */
export interface VersionSources {
  /** Finds it, however long that takes. Never rejects. */
  resolve(workspace: string, versionId: string): Promise<PlaneModel | ModelReport>
  /** What is known after a short wait; of those that are missing then it is told when they are there. */
  known(versions: readonly WorkspaceVersion[]): Promise<ReadonlyMap<string, PlaneModel | ModelReport>>
}

export interface VersionSourcesOptions {
  /** What runs a version, with its files on this machine. */
  readonly sourceOf: (context: CallContext, versionId: string) => Promise<ModelSource>
  /** A version that `known` left out is there now. */
  readonly onLate: () => void
  /** How long `known` waits: files that are here already take less. */
  readonly patienceMs?: number
}

/** Makes it. */
export function createVersionSources(options: VersionSourcesOptions): VersionSources {
  const { patienceMs = 1000 } = options
  const sources = new Map<string, ModelSource>()
  const underWay = new Map<string, Promise<PlaneModel | ModelReport>>()
  const bring = async (workspace: string, versionId: string): Promise<PlaneModel | ModelReport> => {
    try {
      const source = await options.sourceOf({ actor: systemActor('model-serving'), workspace }, versionId)
      sources.set(versionId, source)
      return { versionId, source }
    } catch (error) {
      return { versionId, ok: false, reason: error instanceof Error ? error.message : String(error) }
    }
  }
  const resolve = (workspace: string, versionId: string): Promise<PlaneModel | ModelReport> => {
    const source = sources.get(versionId)
    if (source !== undefined) return Promise.resolve({ versionId, source })
    const begun = underWay.get(versionId) ?? bring(workspace, versionId).finally(() => underWay.delete(versionId))
    underWay.set(versionId, begun)
    return begun
  }
  return {
    resolve,
    known: async (versions) => {
      const found = new Map<string, PlaneModel | ModelReport>()
      let isOver = false
      const note = (model: PlaneModel | ModelReport) => {
        if (isOver) options.onLate()
        else found.set(model.versionId, model)
      }
      const all = Promise.all(versions.map(({ workspace, versionId }) => resolve(workspace, versionId).then(note)))
      const patience = Promise.withResolvers<void>()
      const timer = setTimeout(patience.resolve, patienceMs)
      await Promise.race([all, patience.promise])
      clearTimeout(timer)
      isOver = true
      return found
    },
  }
}
