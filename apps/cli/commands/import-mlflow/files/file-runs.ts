import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { SeriesGatherer } from '../series-gatherer.ts'
import type { RunPoints, SourceData, SourceRun } from '../source.ts'
import { deletionOf, firstText, statusOf, textOf, timeOf, valueOf, wholeOf } from '../words.ts'
import type { ExperimentFolders } from './file-source.ts'
import type { Meta } from './store-files.ts'
import { filesBelow, foldersIn, isFolder, linesOf, readMeta, textsIn } from './store-files.ts'

const pageLength = 200

/** Runs, experiment by experiment. */
export async function* readRuns(
  folders: ExperimentFolders,
  experiments: ReadonlySet<string>,
): AsyncGenerator<readonly SourceRun[]> {
  for (const [experimentId, folder] of folders) {
    if (!experiments.has(experimentId)) continue
    let page: SourceRun[] = []
    for (const name of await foldersIn(folder)) {
      const run = await readRun(folder, name, experimentId)
      if (run !== undefined) page.push(run)
      if (page.length < pageLength) continue
      yield page
      page = []
    }
    if (page.length > 0) yield page
  }
}

async function readRun(experiment: string, name: string, experimentId: string): Promise<SourceRun | undefined> {
  const folder = join(experiment, name)
  const meta = await readMeta(join(folder, 'meta.yaml'))
  const id = textOf(meta?.['run_id'] ?? meta?.['run_uuid'])
  if (meta === undefined || id !== name) return undefined
  const tags = await textsIn(join(folder, 'tags'))
  const [startedAtMs, endedAtMs] = [timeOf(meta['start_time']), timeOf(meta['end_time'])]
  return {
    id,
    experimentId,
    name: firstText(meta['run_name'], meta['name'], tags['mlflow.runName']),
    status: statusOf(meta['status']),
    startedAtMs,
    endedAtMs,
    user: textOf(meta['user_id']),
    deletedAtMs: deletionOf(meta['lifecycle_stage'], meta['deleted_time'], endedAtMs, startedAtMs),
    artifactUri: await artifactsOf(folder, meta),
    params: await textsIn(join(folder, 'params')),
    tags,
    data: await dataOf(experiment, folder),
    models: await modelsOf(folder),
    metricsMark: await markOf(join(folder, 'metrics')),
  }
}

/** Beside the run where they are: a folder that was moved still says where it lay before. */
async function artifactsOf(folder: string, meta: Meta): Promise<string> {
  const beside = join(folder, 'artifacts')
  return (await isFolder(beside)) ? beside : textOf(meta['artifact_uri'])
}

/** Files of metrics only grow. */
async function markOf(folder: string): Promise<string> {
  let bytes = 0
  for (const key of await filesBelow(folder)) bytes += (await stat(join(folder, key))).size
  return String(bytes)
}

/** The points of runs, metric by metric, in the order in which they were logged. */
export async function* readPoints(folders: ExperimentFolders, runs: readonly SourceRun[]): AsyncGenerator<RunPoints> {
  const gatherer = new SeriesGatherer()
  for (const { id, experimentId } of runs) {
    const folder = join(folders.get(experimentId) ?? '', id, 'metrics')
    for (const key of await filesBelow(folder)) {
      for (const line of await linesOf(join(folder, key))) {
        const full = gatherer.full(id)
        if (full !== undefined) yield full
        const [time = '0', value = 'nan', step = '0'] = line.trim().split(/\s+/)
        gatherer.add(id, key, { step: wholeOf(step), timeMs: wholeOf(time), value: valueOf(value) })
      }
    }
  }
  const rest = gatherer.rest()
  if (rest !== undefined) yield rest
}

async function dataOf(experiment: string, folder: string): Promise<SourceData[]> {
  const found: SourceData[] = []
  for (const name of await foldersIn(join(folder, 'inputs'))) {
    const input = await readMeta(join(folder, 'inputs', name, 'meta.yaml'))
    if (input === undefined || input['source_type'] !== 'DATASET') continue
    const data = await readMeta(join(experiment, 'datasets', textOf(input['source_id']), 'meta.yaml'))
    if (data !== undefined) found.push(usedData(data, input['tags']))
  }
  return found
}

function usedData(data: Meta, given: unknown): SourceData {
  const named = typeof given === 'object' && given !== null ? given : {}
  const tags = Object.entries(named).map(([key, value]) => ({ key, value: textOf(value) }))
  return {
    name: textOf(data['name']),
    digest: textOf(data['digest']),
    context: tags.find(({ key }) => key === 'mlflow.data.context')?.value ?? '',
    details: {
      source_type: textOf(data['source_type']),
      source: textOf(data['source']),
      ...(typeof data['schema'] === 'string' ? { schema: data['schema'] } : {}),
      ...(typeof data['profile'] === 'string' ? { profile: data['profile'] } : {}),
      tags,
    },
  }
}

async function modelsOf(folder: string): Promise<SourceRun['models']> {
  const inputs: string[] = []
  for (const name of await foldersIn(join(folder, 'inputs'))) {
    const meta = await readMeta(join(folder, 'inputs', name, 'meta.yaml'))
    if (meta?.['destination_type'] === 'MODEL_INPUT') inputs.push(textOf(meta['destination_id']))
  }
  const outputs: { modelId: string; step: number }[] = []
  for (const name of await foldersIn(join(folder, 'outputs'))) {
    const meta = await readMeta(join(folder, 'outputs', name, 'meta.yaml'))
    const modelId = textOf(meta?.['destination_id'])
    if (modelId !== '') outputs.push({ modelId, step: Number(meta?.['step'] ?? 0) })
  }
  return { inputs, outputs }
}
