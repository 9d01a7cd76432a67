import { join } from 'node:path'
import type { SourceLoggedModel } from '../source.ts'
import { modelStatusOf, textOf, textOrNull, timeOf, valueOf } from '../words.ts'
import type { ExperimentFolders } from './file-source.ts'
import { filesBelow, foldersIn, isFolder, linesOf, readMeta, textsIn } from './store-files.ts'

/** Logged models, experiment by experiment. */
export async function* readLoggedModels(
  folders: ExperimentFolders,
  experiments: ReadonlySet<string>,
): AsyncGenerator<readonly SourceLoggedModel[]> {
  for (const [experimentId, folder] of folders) {
    if (!experiments.has(experimentId)) continue
    const models: SourceLoggedModel[] = []
    for (const name of await foldersIn(join(folder, 'models'))) {
      const model = await readModel(join(folder, 'models', name), experimentId)
      if (model !== undefined) models.push(model)
    }
    for (let from = 0; from < models.length; from += 500) yield models.slice(from, from + 500)
  }
}

async function readModel(folder: string, experimentId: string): Promise<SourceLoggedModel | undefined> {
  const meta = await readMeta(join(folder, 'meta.yaml'))
  const id = textOf(meta?.['model_id'])
  if (meta === undefined || id === '') return undefined
  const artifacts = join(folder, 'artifacts')
  return {
    id,
    experimentId,
    name: textOf(meta['name']),
    runId: textOrNull(meta['source_run_id']),
    status: modelStatusOf(meta['status']),
    type: textOf(meta['model_type']),
    params: await textsIn(join(folder, 'params')),
    tags: await textsIn(join(folder, 'tags')),
    metrics: await metricsIn(join(folder, 'metrics')),
    createdAtMs: timeOf(meta['creation_timestamp']) ?? 0,
    updatedAtMs: timeOf(meta['last_updated_timestamp']) ?? 0,
    isDeleted: meta['lifecycle_stage'] === 'deleted',
    artifactUri: (await isFolder(artifacts)) ? artifacts : textOf(meta['artifact_location']),
  }
}

async function metricsIn(folder: string): Promise<SourceLoggedModel['metrics']> {
  const found: SourceLoggedModel['metrics'][number][] = []
  for (const key of await filesBelow(folder)) {
    for (const line of await linesOf(join(folder, key))) {
      const [time, value, step, runId = '', datasetName = null, datasetDigest = null] = line.trim().split(/\s+/)
      found.push({
        key,
        value: valueOf(value),
        step: Number(step ?? 0),
        timestampMs: timeOf(time) ?? 0,
        runId,
        datasetName,
        datasetDigest,
      })
    }
  }
  return found
}
