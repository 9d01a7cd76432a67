import { join } from 'node:path'
import { Problem } from '@millrace/contract'
import type { LocalArtifacts } from '../artifacts/local-artifacts.ts'
import type { MlflowSource, SourceExperiment } from '../source.ts'
import { textOf, timeOf } from '../words.ts'
import { readLoggedModels } from './file-logged-models.ts'
import { readPoints, readRuns } from './file-runs.ts'
import { readModels } from './file-registry.ts'
import { readTraces } from './file-traces.ts'
import { foldersIn, readMeta, textsIn } from './store-files.ts'

/** Experiments that are deleted lie in this folder. */
const trash = '.trash'

/** Where each experiment lies, by its id. */
export type ExperimentFolders = ReadonlyMap<string, string>

/** A folder `mlruns`, as MLflow's file store keeps it. */
export function fileSource(root: string, artifacts: LocalArtifacts): MlflowSource {
  const folders = new Map<string, string>()
  const find = async () => {
    if (folders.size > 0) return folders
    for (const { id, folder } of await experimentFolders(root)) folders.set(id, folder)
    return folders
  }
  return {
    name: `file:${root}`,
    counts: async () => countAll(await find()),
    experiments: async () => {
      const found = await readExperiments(await find())
      if (found.length > 0) return found
      throw new Problem('client/no-mlflow', 400, `There are no runs of MLflow in ${root}: it holds no experiments.`)
    },
    runs: async function* (experiments) {
      yield* readRuns(await find(), experiments)
    },
    points: async function* (runs) {
      yield* readPoints(await find(), runs)
    },
    loggedModels: async function* (experiments) {
      yield* readLoggedModels(await find(), experiments)
    },
    registeredModels: () => readModels(join(root, 'models')),
    traces: async function* (experiments) {
      yield* readTraces(await find(), experiments, artifacts)
    },
    artifacts: (owner) => artifacts.files(owner.uri),
    close: async () => undefined,
  }
}

async function experimentFolders(root: string): Promise<{ id: string; folder: string }[]> {
  const found: { id: string; folder: string }[] = []
  for (const parent of [root, join(root, trash)]) {
    for (const name of await foldersIn(parent)) {
      if (/^\d+$/.test(name)) found.push({ id: name, folder: join(parent, name) })
    }
  }
  return found
}

async function countAll(folders: ExperimentFolders): Promise<{ runs: number; traces: number }> {
  const counts = { runs: 0, traces: 0 }
  for (const folder of folders.values()) {
    counts.runs += (await foldersIn(folder)).filter((name) => /^[0-9a-f]{32}$/.test(name)).length
    counts.traces += (await foldersIn(join(folder, 'traces'))).length
  }
  return counts
}

async function readExperiments(folders: ExperimentFolders): Promise<SourceExperiment[]> {
  const found: SourceExperiment[] = []
  for (const [id, folder] of folders) {
    const meta = await readMeta(join(folder, 'meta.yaml'))
    if (meta === undefined) continue
    const createdAtMs = timeOf(meta['creation_time']) ?? 0
    found.push({
      id,
      name: textOf(meta['name']),
      artifactRoot: textOf(meta['artifact_location']),
      tags: await textsIn(join(folder, 'tags')),
      createdAtMs,
      updatedAtMs: timeOf(meta['last_update_time']) ?? createdAtMs,
      isDeleted: meta['lifecycle_stage'] === 'deleted',
    })
  }
  return found
}
