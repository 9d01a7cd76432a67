import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

export const runCount = 600
export const pointsPerRun = 200

const schema = `
create table experiments (experiment_id integer primary key, name text, artifact_location text, lifecycle_stage text);
create table experiment_tags (key text, value text, experiment_id integer);
create table runs (run_uuid text primary key, name text, source_type text, source_name text, entry_point_name text,
  user_id text, status text, start_time bigint, end_time bigint, source_version text, lifecycle_stage text,
  artifact_uri text, experiment_id integer);
create table params (key text, value text, run_uuid text);
create table tags (key text, value text, run_uuid text);
create table metrics (key text, value double, timestamp bigint, run_uuid text, step bigint, is_nan boolean);
create table registered_models (name text, creation_time bigint, last_updated_time bigint, description text);
create table model_versions (name text, version integer, creation_time bigint, last_updated_time bigint, description text,
  user_id text, current_stage text, source text, run_id text, status text, status_message text);
`

/** The id of the run with this number. */
export function runIdOf(number: number): string {
  return number.toString(16).padStart(32, '0')
}

/** A tracking database as MLflow 1.x had it: without run names of their own, tags of models, aliases, logged models, traces. */
export async function makeOldDatabase(folder: string): Promise<string> {
  const path = join(folder, 'mlflow.db')
  const database = new DatabaseSync(path)
  database.exec(`${schema} begin`)
  const insert = (table: string, values: readonly (string | number | null)[]) =>
    database.prepare(`insert into ${table} values (${values.map(() => '?').join(', ')})`).run(...values)
  const artifacts = join(folder, 'mlruns', '3')
  insert('experiments', [0, 'Default', './mlruns/0', 'active'])
  insert('experiments', [3, 'fraud', artifacts, 'active'])
  insert('experiment_tags', ['team', 'a', 3])
  for (let number = 0; number < runCount; number += 1) {
    const id = runIdOf(number)
    const isDeleted = number === 1
    const times = [1_500_000_000_000 + number, 1_500_000_100_000 + number] as const
    const place = `${artifacts}/${id}/artifacts`
    insert('runs', [
      id,
      '',
      'LOCAL',
      'train.py',
      '',
      'ann',
      'FINISHED',
      ...times,
      '',
      isDeleted ? 'deleted' : 'active',
      place,
      3,
    ])
    insert('params', ['lr', String(number / 10), id])
    insert('tags', ['mlflow.runName', `run ${number}`, id])
    for (let step = 0; step < pointsPerRun; step += 1) {
      insert('metrics', ['loss', 1 / (step + 1), times[0] + step, id, step, step === 7 ? 1 : 0])
    }
  }
  insert('registered_models', ['forest', 1_500_000_000_000, 1_500_000_000_001, 'A forest'])
  const source = `${artifacts}/${runIdOf(0)}/artifacts/model`
  insert('model_versions', ['forest', 1, 5, 6, 'first', 'ann', 'Production', source, runIdOf(0), 'READY', null])
  insert('model_versions', ['forest', 3, 7, 8, null, 'ann', 'Deleted_Internal', 'x', null, 'READY', null])
  database.exec('commit')
  database.close()
  await mkdir(join(artifacts, runIdOf(0), 'artifacts', 'model'), { recursive: true })
  await writeFile(join(artifacts, runIdOf(0), 'artifacts', 'model', 'MLmodel'), 'flavors: {}\n')
  await mkdir(join(artifacts, runIdOf(1), 'artifacts'), { recursive: true })
  await writeFile(join(artifacts, runIdOf(1), 'artifacts', 'left.txt'), 'of a deleted run')
  return path
}
