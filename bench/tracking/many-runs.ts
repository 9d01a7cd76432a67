import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { socketLoad } from '../harness/socket-load.ts'
import type { Side } from './sides.ts'
import { ask } from './sides.ts'

/** Runs made by number, the same for both sides. */
export interface ManyRuns {
  readonly runs: number
  readonly metricsPerRun: number
  readonly pointsPerMetric: number
  /** The first run's number, so that a second body of runs has ids of its own. Default 0. */
  readonly firstRun?: number
}

interface MadeRun {
  readonly id: string
  readonly name: string
  readonly startedAtMs: number
  readonly params: Readonly<Record<string, string>>
  readonly tags: Readonly<Record<string, string>>
  readonly metrics: readonly { key: string; value: number; timestamp: number; step: number }[]
}

const startMs = 1_760_000_000_000

/** A value between 0 and 1 that looks random and is the same each time. */
function noise(run: number, metric: number, step: number): number {
  const hash = Math.imul(run + 1, 0x9e3779b1) ^ Math.imul(metric + 7, 0x85ebca6b) ^ Math.imul(step + 3, 0xc2b2ae35)
  return (Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 0) / 2 ** 32
}

function madeRun(index: number, { metricsPerRun, pointsPerMetric, firstRun = 0 }: ManyRuns): MadeRun {
  const number = firstRun + index
  const id = createHash('md5').update(`run ${number}`).digest('hex')
  const startedAtMs = startMs + number * 1000
  return {
    id,
    name: `run-${number}`,
    startedAtMs,
    params: Object.fromEntries(
      Array.from({ length: 5 }, (_param, at) => [`p${at}`, String(Math.floor(noise(number, at, 9) * 10))]),
    ),
    tags: { team: `team-${number % 20}`, 'mlflow.user': 'bench', 'mlflow.runName': `run-${number}` },
    metrics: Array.from({ length: metricsPerRun * pointsPerMetric }, (_point, at) => {
      const step = Math.floor(at / metricsPerRun)
      const metric = at % metricsPerRun
      return { key: `m${metric}`, value: noise(number, metric, step), timestamp: startedAtMs + step, step }
    }),
  }
}

const batchSize = 1000

/** Logs all runs to Millrace over HTTP, into a new experiment or more into one, and gives the experiment's id. */
export async function fillOurs(side: Side, what: ManyRuns, into?: string): Promise<string> {
  const experiment = into ?? (await newExperiment(side))
  const load = { url: side.url, token: side.token, connections: 16, seconds: 3600 }
  const create = (number: number) => {
    const { id, name, startedAtMs, params, tags } = madeRun(number, what)
    return { experiment: `#${experiment}`, id, name, startedAtMs, params, tags, status: 'finished' }
  }
  const path = '/api/millrace/v1/w/default/runs'
  const created = await socketLoad({
    ...load,
    requests: what.runs,
    request: (_connection, number) => ({ method: 'POST', path, body: create(number) }),
  })
  const batches = Math.ceil((what.metricsPerRun * what.pointsPerMetric) / batchSize)
  const logged = await socketLoad({
    ...load,
    requests: what.runs * batches,
    request: (_connection, number) => {
      const { id, metrics } = madeRun(Math.floor(number / batches), what)
      const from = (number % batches) * batchSize
      const body = { run_id: id, metrics: metrics.slice(from, from + batchSize) }
      return { method: 'POST', path: '/api/2.0/mlflow/runs/log-batch', body }
    },
  })
  if (created.failures + logged.failures > 0) throw new Error('Millrace refused some of the runs.')
  return experiment
}

async function newExperiment(side: Side): Promise<string> {
  const made = { name: `many-${performance.now()}` }
  return (await ask<{ experiment_id: string }>(side, 'POST', 'experiments/create', made)).experiment_id
}

/** Writes all runs into the database of an `mlflow server` that is not running, as its own store would have. */
export function fillTheirs(folder: string, what: ManyRuns, into?: string): string {
  const database = new DatabaseSync(join(folder, 'mlflow', 'mlflow.db'))
  const experiment = into === undefined ? 1000 + what.runs + what.metricsPerRun : Number(into)
  database.exec('pragma synchronous = off; begin')
  if (into === undefined) addExperiment(database, experiment)
  const insert = insertsInto(database)
  for (let number = 0; number < what.runs; number += 1) insert(experiment, madeRun(number, what))
  database.exec('commit')
  database.close()
  return String(experiment)
}

function addExperiment(database: DatabaseSync, experiment: number): void {
  database
    .prepare(
      `insert into experiments (experiment_id, name, artifact_location, lifecycle_stage, creation_time, last_update_time)
      values (?, ?, ?, 'active', ?, ?)`,
    )
    .run(experiment, `many-${experiment}`, `mlflow-artifacts:/${experiment}`, startMs, startMs)
}

function insertsInto(database: DatabaseSync): (experiment: number, run: MadeRun) => void {
  const run = database.prepare(
    `insert into runs (run_uuid, name, source_type, source_name, entry_point_name, user_id, status, start_time,
    source_version, lifecycle_stage, artifact_uri, experiment_id) values (?, ?, 'UNKNOWN', '', '', '', 'FINISHED', ?, '',
    'active', ?, ?)`,
  )
  const [param, tag] = ['params', 'tags'].map((table) =>
    database.prepare(`insert into ${table} (key, value, run_uuid) values (?, ?, ?)`),
  )
  const columns = '(key, value, timestamp, step, is_nan, run_uuid) values (?, ?, ?, ?, 0, ?)'
  const point = database.prepare(`insert into metrics ${columns}`)
  const latest = database.prepare(`insert or replace into latest_metrics ${columns}`)
  return (experiment, { id, name, startedAtMs, params, tags, metrics }) => {
    run.run(id, name, startedAtMs, `mlflow-artifacts:/${experiment}/${id}/artifacts`, experiment)
    for (const [key, value] of Object.entries(params)) param?.run(key, value, id)
    for (const [key, value] of Object.entries(tags)) tag?.run(key, value, id)
    for (const { key, value, timestamp, step } of metrics) {
      point.run(key, value, timestamp, step, id)
      latest.run(key, value, timestamp, step, id)
    }
  }
}
