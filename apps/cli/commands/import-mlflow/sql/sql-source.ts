import { Problem } from '@millrace/contract'
import type { LocalArtifacts } from '../artifacts/local-artifacts.ts'
import type { MlflowSource, SourceExperiment } from '../source.ts'
import { textOf, timeOf } from '../words.ts'
import { readLoggedModels } from './sql-logged-models.ts'
import { readPoints } from './sql-points.ts'
import { readModels } from './sql-registry.ts'
import { readRuns } from './sql-runs.ts'
import type { SqlTables } from './sql-tables.ts'
import { allRows, columnOr } from './sql-tables.ts'
import { readTraces } from './sql-traces.ts'

/** An MLflow tracking database, of any schema from 1.x on: what a schema does not have is left out. */
export function sqlSource(name: string, tables: SqlTables, artifacts: LocalArtifacts): MlflowSource {
  const count = async (table: string) => {
    if ((await tables.columns(table)).size === 0) return 0
    const [row] = await allRows(tables, `select count(*) as n from ${table}`)
    return Number(row?.['n'] ?? 0)
  }
  return {
    name,
    counts: async () => ({ runs: await count('runs'), traces: await count('trace_info') }),
    experiments: () => readExperiments(tables),
    runs: (experiments) => readRuns(tables, experiments),
    points: (runs) => readPoints(tables, runs),
    loggedModels: (experiments) => readLoggedModels(tables, experiments),
    registeredModels: () => readModels(tables),
    traces: (experiments) => readTraces(tables, experiments, artifacts),
    artifacts: (owner) => artifacts.files(owner.uri),
    close: () => tables.close(),
  }
}

async function readExperiments(tables: SqlTables): Promise<SourceExperiment[]> {
  const columns = await tables.columns('experiments')
  if (columns.size === 0 || (await tables.columns('runs')).size === 0)
    throw new Problem('client/no-mlflow', 400, 'This is a database, but not MLflow’s: it has no experiments and runs.')
  const hasTags = (await tables.columns('experiment_tags')).size > 0
  const tags = new Map<string, Record<string, string>>()
  for (const row of hasTags ? await allRows(tables, 'select experiment_id, key, value from experiment_tags') : []) {
    const id = String(row['experiment_id'])
    tags.set(id, { ...tags.get(id), [textOf(row['key'])]: textOf(row['value']) })
  }
  const times = ['creation_time', 'last_update_time'].map((column) => columnOr(columns, column, 'null'))
  const rows = await allRows(
    tables,
    `select experiment_id, name, artifact_location, lifecycle_stage, ${times.join(', ')} from experiments order by experiment_id`,
  )
  return rows.map((row) => {
    const createdAtMs = timeOf(row['creation_time']) ?? 0
    return {
      id: String(row['experiment_id']),
      name: textOf(row['name']),
      artifactRoot: textOf(row['artifact_location']),
      tags: tags.get(String(row['experiment_id'])) ?? {},
      createdAtMs,
      updatedAtMs: timeOf(row['last_update_time']) ?? createdAtMs,
      isDeleted: row['lifecycle_stage'] === 'deleted',
    }
  })
}
