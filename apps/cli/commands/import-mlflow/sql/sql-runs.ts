import type { SourceData, SourceRun } from '../source.ts'
import { deletionOf, firstText, statusOf, textOf, timeOf } from '../words.ts'
import type { SqlRow, SqlTables } from './sql-tables.ts'
import { allRows, columnOr, places } from './sql-tables.ts'

const pageLength = 500

/** Runs in order of their ids. */
export async function* readRuns(
  tables: SqlTables,
  experiments: ReadonlySet<string>,
): AsyncGenerator<readonly SourceRun[]> {
  const columns = await tables.columns('runs')
  const hasInputs = (await tables.columns('inputs')).size > 0
  const chosen = ['name', 'deleted_time'].map((column) => columnOr(columns, column, 'null')).join(', ')
  for (let after = ''; ;) {
    const rows = await allRows(
      tables,
      `select run_uuid, experiment_id, user_id, status, start_time, end_time, lifecycle_stage, artifact_uri, ${chosen}
       from runs where run_uuid > ? order by run_uuid limit ${pageLength}`,
      [after],
    )
    if (rows.length === 0) return
    after = textOf(rows.at(-1)?.['run_uuid'])
    const wanted = rows.filter((row) => experiments.has(String(row['experiment_id'])))
    if (wanted.length > 0) yield await wholeRuns(tables, wanted, hasInputs)
  }
}

async function wholeRuns(tables: SqlTables, rows: readonly SqlRow[], hasInputs: boolean): Promise<SourceRun[]> {
  const ids = rows.map((row) => textOf(row['run_uuid']))
  const params = await textsOf(tables, 'params', ids)
  const tags = await textsOf(tables, 'tags', ids)
  const marks = await metricMarks(tables, ids)
  const data = hasInputs ? await dataOf(tables, ids) : new Map<string, SourceData[]>()
  const links = hasInputs ? await linksOf(tables, ids) : new Map<string, SourceRun['models']>()
  return rows.map((row) => {
    const id = textOf(row['run_uuid'])
    const { start_time: start, end_time: end } = row
    return {
      id,
      experimentId: String(row['experiment_id']),
      name: firstText(row['name'], tags.get(id)?.['mlflow.runName']),
      status: statusOf(row['status']),
      startedAtMs: timeOf(start),
      endedAtMs: timeOf(end),
      user: textOf(row['user_id']),
      deletedAtMs: deletionOf(row['lifecycle_stage'], row['deleted_time'], end, start),
      artifactUri: textOf(row['artifact_uri']),
      params: params.get(id) ?? {},
      tags: tags.get(id) ?? {},
      data: data.get(id) ?? [],
      models: links.get(id) ?? { inputs: [], outputs: [] },
      metricsMark: marks.get(id) ?? '0',
    }
  })
}

async function textsOf(tables: SqlTables, table: string, ids: readonly string[]) {
  const found = new Map<string, Record<string, string>>()
  const sql = `select run_uuid, key, value from ${table} where run_uuid in (${places(ids)})`
  for (const row of await allRows(tables, sql, ids)) {
    const id = textOf(row['run_uuid'])
    const texts = found.get(id) ?? {}
    texts[textOf(row['key'])] = textOf(row['value'])
    found.set(id, texts)
  }
  return found
}

async function metricMarks(tables: SqlTables, ids: readonly string[]): Promise<Map<string, string>> {
  const rows = await allRows(
    tables,
    `select run_uuid, count(*) as n from metrics where run_uuid in (${places(ids)}) group by run_uuid`,
    ids,
  )
  return new Map(rows.map((row) => [textOf(row['run_uuid']), String(row['n'])]))
}

async function dataOf(tables: SqlTables, ids: readonly string[]): Promise<Map<string, SourceData[]>> {
  const rows = await allRows(
    tables,
    `select i.destination_id, i.input_uuid, d.name, d.digest, d.dataset_source_type, d.dataset_source, d.dataset_schema,
            d.dataset_profile from inputs i join datasets d on d.dataset_uuid = i.source_id
     where i.source_type = 'DATASET' and i.destination_type = 'RUN' and i.destination_id in (${places(ids)})`,
    ids,
  )
  const tags = await tagsOfInputs(
    tables,
    rows.map((row) => textOf(row['input_uuid'])),
  )
  const found = new Map<string, SourceData[]>()
  for (const row of rows) {
    const own = tags.get(textOf(row['input_uuid'])) ?? []
    const data = {
      name: textOf(row['name']),
      digest: textOf(row['digest']),
      context: own.find(({ key }) => key === 'mlflow.data.context')?.value ?? '',
      details: {
        source_type: textOf(row['dataset_source_type']),
        source: textOf(row['dataset_source']),
        ...(row['dataset_schema'] === null ? {} : { schema: textOf(row['dataset_schema']) }),
        ...(row['dataset_profile'] === null ? {} : { profile: textOf(row['dataset_profile']) }),
        tags: own,
      },
    }
    const run = textOf(row['destination_id'])
    found.set(run, [...(found.get(run) ?? []), data])
  }
  return found
}

async function tagsOfInputs(tables: SqlTables, ids: readonly string[]) {
  const found = new Map<string, { key: string; value: string }[]>()
  if (ids.length === 0) return found
  const sql = `select input_uuid, name, value from input_tags where input_uuid in (${places(ids)}) order by name`
  for (const row of await allRows(tables, sql, ids)) {
    const id = textOf(row['input_uuid'])
    found.set(id, [...(found.get(id) ?? []), { key: textOf(row['name']), value: textOf(row['value']) }])
  }
  return found
}

async function linksOf(tables: SqlTables, ids: readonly string[]): Promise<Map<string, SourceRun['models']>> {
  const step = columnOr(await tables.columns('inputs'), 'step', '0')
  const rows = await allRows(
    tables,
    `select source_type, source_id, destination_type, destination_id, ${step} from inputs
     where source_type in ('RUN_INPUT', 'RUN_OUTPUT') and source_id in (${places(ids)})`,
    ids,
  )
  const found = new Map<string, { inputs: string[]; outputs: { modelId: string; step: number }[] }>()
  for (const row of rows) {
    const run = textOf(row['source_id'])
    const links = found.get(run) ?? { inputs: [], outputs: [] }
    const modelId = textOf(row['destination_id'])
    if (row['source_type'] === 'RUN_INPUT') links.inputs.push(modelId)
    else links.outputs.push({ modelId, step: Number(row['step'] ?? 0) })
    found.set(run, links)
  }
  return found
}
