import { join } from 'node:path'
import { deletedStage } from '../sql/sql-registry.ts'
import type { SourceModel, SourceVersion } from '../source.ts'
import { textOf, textOrNull, timeOf } from '../words.ts'
import { foldersIn, readMeta, textsIn } from './store-files.ts'

/** Registered models by name, each whole. */
export async function* readModels(folder: string): AsyncGenerator<SourceModel> {
  for (const name of await foldersIn(folder)) {
    const model = await readModel(join(folder, name))
    if (model !== undefined) yield model
  }
}

async function readModel(folder: string): Promise<SourceModel | undefined> {
  const meta = await readMeta(join(folder, 'meta.yaml'))
  if (meta === undefined) return undefined
  const all: SourceVersion[] = []
  for (const name of await foldersIn(folder)) {
    const version = name.startsWith('version-') ? await readVersion(join(folder, name)) : undefined
    if (version !== undefined) all.push(version)
  }
  const versions = all.toSorted((a, b) => a.version - b.version)
  const aliases = Object.entries(await textsIn(join(folder, 'aliases')))
  const createdAtMs = timeOf(meta['creation_timestamp']) ?? 0
  return {
    name: textOf(meta['name']),
    createdAtMs,
    updatedAtMs: timeOf(meta['last_updated_timestamp']) ?? createdAtMs,
    description: textOf(meta['description']),
    tags: await textsIn(join(folder, 'tags')),
    aliases: Object.fromEntries(aliases.map(([alias, version]) => [alias, Number(version)])),
    lastVersion: versions.at(-1)?.version ?? 0,
    versions: versions.filter(({ stage }) => stage !== deletedStage),
  }
}

async function readVersion(folder: string): Promise<SourceVersion | undefined> {
  const meta = await readMeta(join(folder, 'meta.yaml'))
  if (meta === undefined) return undefined
  const createdAtMs = timeOf(meta['creation_timestamp']) ?? 0
  return {
    version: Number(meta['version']),
    createdAtMs,
    updatedAtMs: timeOf(meta['last_updated_timestamp']) ?? createdAtMs,
    description: textOf(meta['description']),
    user: textOf(meta['user_id']),
    stage: textOf(meta['current_stage']),
    source: textOf(meta['source']),
    storageLocation: textOrNull(meta['storage_location']),
    runId: textOrNull(meta['run_id']),
    modelId: textOrNull(meta['model_id']),
    runLink: textOf(meta['run_link']),
    status: textOf(meta['status']),
    tags: await textsIn(join(folder, 'tags')),
  }
}
