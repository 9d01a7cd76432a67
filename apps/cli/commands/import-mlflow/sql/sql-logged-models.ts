import type { SourceLoggedModel } from '../source.ts'
import { modelStatusOf, textOf, textOrNull, timeOf, valueOf } from '../words.ts'
import type { SqlRow, SqlTables } from './sql-tables.ts'
import { allRows, places } from './sql-tables.ts'

const pageLength = 500

/** Logged models in order of their ids; none where the schema is older than they are. */
export async function* readLoggedModels(
  tables: SqlTables,
  experiments: ReadonlySet<string>,
): AsyncGenerator<readonly SourceLoggedModel[]> {
  if ((await tables.columns('logged_models')).size === 0) return
  for (let after = ''; ;) {
    const rows = await allRows(
      tables,
      `select model_id, experiment_id, name, artifact_location, creation_timestamp_ms, last_updated_timestamp_ms, status,
              lifecycle_stage, model_type, source_run_id
       from logged_models where model_id > ? order by model_id limit ${pageLength}`,
      [after],
    )
    if (rows.length === 0) return
    after = textOf(rows.at(-1)?.['model_id'])
    const wanted = rows.filter((row) => experiments.has(String(row['experiment_id'])))
    if (wanted.length > 0) yield await wholeModels(tables, wanted)
  }
}

async function wholeModels(tables: SqlTables, rows: readonly SqlRow[]): Promise<SourceLoggedModel[]> {
  const ids = rows.map((row) => textOf(row['model_id']))
  const params = await textsOf(tables, 'param', ids)
  const tags = await textsOf(tables, 'tag', ids)
  const metrics = await metricsOf(tables, ids)
  return rows.map((row) => {
    const id = textOf(row['model_id'])
    return {
      id,
      experimentId: String(row['experiment_id']),
      name: textOf(row['name']),
      runId: textOrNull(row['source_run_id']),
      status: modelStatusOf(row['status']),
      type: textOf(row['model_type']),
      params: params.get(id) ?? {},
      tags: tags.get(id) ?? {},
      metrics: metrics.get(id) ?? [],
      createdAtMs: timeOf(row['creation_timestamp_ms']) ?? 0,
      updatedAtMs: timeOf(row['last_updated_timestamp_ms']) ?? 0,
      isDeleted: row['lifecycle_stage'] === 'deleted',
      artifactUri: textOf(row['artifact_location']),
    }
  })
}

async function textsOf(tables: SqlTables, what: 'param' | 'tag', ids: readonly string[]) {
  const found = new Map<string, Record<string, string>>()
  const sql = `select model_id, ${what}_key as key, ${what}_value as value from logged_model_${what}s
    where model_id in (${places(ids)})`
  for (const row of await allRows(tables, sql, ids)) {
    const id = textOf(row['model_id'])
    found.set(id, { ...found.get(id), [textOf(row['key'])]: textOf(row['value']) })
  }
  return found
}

async function metricsOf(tables: SqlTables, ids: readonly string[]) {
  const found = new Map<string, SourceLoggedModel['metrics'][number][]>()
  const rows = await allRows(
    tables,
    `select model_id, metric_name, metric_timestamp_ms, metric_step, metric_value, run_id, dataset_name, dataset_digest
     from logged_model_metrics where model_id in (${places(ids)})`,
    ids,
  )
  for (const row of rows) {
    const list = found.get(textOf(row['model_id'])) ?? []
    list.push({
      key: textOf(row['metric_name']),
      value: row['metric_value'] === null ? 'NaN' : valueOf(row['metric_value']),
      step: Number(row['metric_step']),
      timestampMs: timeOf(row['metric_timestamp_ms']) ?? 0,
      runId: textOf(row['run_id']),
      datasetName: textOrNull(row['dataset_name']),
      datasetDigest: textOrNull(row['dataset_digest']),
    })
    found.set(textOf(row['model_id']), list)
  }
  return found
}
