import type { SourceModel, SourceVersion } from '../source.ts'
import { textOf, textOrNull, timeOf } from '../words.ts'
import type { SqlRow, SqlTables } from './sql-tables.ts'
import { allRows, columnOr } from './sql-tables.ts'

/** How MLflow marks a version that was deleted. */
export const deletedStage = 'Deleted_Internal'

/** Registered models by name, each whole. */
export async function* readModels(tables: SqlTables): AsyncGenerator<SourceModel> {
  if ((await tables.columns('registered_models')).size === 0) return
  const models = await allRows(
    tables,
    'select name, creation_time, last_updated_time, description from registered_models order by name',
  )
  for (const row of models) yield await wholeModel(tables, row)
}

async function wholeModel(tables: SqlTables, row: SqlRow): Promise<SourceModel> {
  const name = textOf(row['name'])
  const columns = await tables.columns('model_versions')
  const chosen = ['storage_location', 'run_link'].map((column) => columnOr(columns, column, 'null')).join(', ')
  const versions = await allRows(
    tables,
    `select version, creation_time, last_updated_time, description, user_id, current_stage, source, run_id, status, ${chosen}
     from model_versions where name = ? order by version`,
    [name],
  )
  const tags = await versionTags(tables, name)
  const createdAtMs = timeOf(row['creation_time']) ?? 0
  return {
    name,
    createdAtMs,
    updatedAtMs: timeOf(row['last_updated_time']) ?? createdAtMs,
    description: textOf(row['description']),
    tags: await modelTags(tables, name),
    aliases: await aliasesOf(tables, name),
    lastVersion: Number(versions.at(-1)?.['version'] ?? 0),
    versions: versions
      .filter((version) => version['current_stage'] !== deletedStage)
      .map((version) => versionOf(version, tags.get(Number(version['version'])) ?? {})),
  }
}

function versionOf(row: SqlRow, tags: Record<string, string>): SourceVersion {
  const createdAtMs = timeOf(row['creation_time']) ?? 0
  return {
    version: Number(row['version']),
    createdAtMs,
    updatedAtMs: timeOf(row['last_updated_time']) ?? createdAtMs,
    description: textOf(row['description']),
    user: textOf(row['user_id']),
    stage: textOf(row['current_stage']),
    source: textOf(row['source']),
    storageLocation: textOrNull(row['storage_location']),
    runId: textOrNull(row['run_id']),
    modelId: null,
    runLink: textOf(row['run_link']),
    status: textOf(row['status']),
    tags,
  }
}

async function modelTags(tables: SqlTables, name: string): Promise<Record<string, string>> {
  if ((await tables.columns('registered_model_tags')).size === 0) return {}
  const rows = await allRows(tables, 'select key, value from registered_model_tags where name = ?', [name])
  return Object.fromEntries(rows.map((row) => [textOf(row['key']), textOf(row['value'])]))
}

async function versionTags(tables: SqlTables, name: string): Promise<Map<number, Record<string, string>>> {
  const found = new Map<number, Record<string, string>>()
  if ((await tables.columns('model_version_tags')).size === 0) return found
  const rows = await allRows(tables, 'select version, key, value from model_version_tags where name = ?', [name])
  for (const row of rows) {
    const version = Number(row['version'])
    found.set(version, { ...found.get(version), [textOf(row['key'])]: textOf(row['value']) })
  }
  return found
}

async function aliasesOf(tables: SqlTables, name: string): Promise<Record<string, number>> {
  if ((await tables.columns('registered_model_aliases')).size === 0) return {}
  const rows = await allRows(tables, 'select alias, version from registered_model_aliases where name = ?', [name])
  return Object.fromEntries(rows.map((row) => [textOf(row['alias']), Number(row['version'])]))
}
