import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { startMlflow } from '../harness/mlflow-server.ts'
import { withPostgres } from '../harness/postgres.ts'
import { withScratch } from '../harness/scratch.ts'
import { startServer } from '../harness/server-process.ts'

/** A server under measurement, spoken to by MLflow's REST API. */
export interface Side {
  readonly name: string
  readonly url: string
  /** Millrace is measured with accounts required: every request is authenticated and authorised. */
  readonly token: string | undefined
  readonly pid: number
  stop(): Promise<void>
}

const token = 'mlr_bench-token-of-sufficient-length'

/** Starts Millrace below `folder`, with accounts, audit and log on. */
export async function startOurs(folder: string, flags: readonly string[] = []): Promise<Side> {
  process.env['MILLRACE_ADMIN_TOKEN'] = token
  const server = await startServer(join(folder, 'millrace'), ['--auth', 'required', ...flags])
  return { name: 'Millrace', url: server.url, token, pid: server.pid, stop: () => server.stop() }
}

/** Starts the newest `mlflow server` below `folder`, with its defaults: one process, no accounts, no audit. */
export async function startTheirs(folder: string, databaseUrl?: string): Promise<Side> {
  mkdirSync(join(folder, 'mlflow'), { recursive: true })
  const server = await startMlflow(join(folder, 'mlflow'), databaseUrl)
  const { url, version, pid } = server
  return { name: `mlflow ${version}`, url, token: undefined, pid, stop: () => server.stop() }
}

export type Store = 'sqlite' | 'postgres'

/** Starts each side in turn, so that neither takes the machine from the other, and stops it after its turn. */
export async function inTurn<T>(
  store: Store,
  measure: (side: Side) => Promise<T>,
): Promise<{ ours: T; theirs: T; rival: string }> {
  return withScratch(async (folder) => {
    const own = (flags: readonly string[]) => startOurs(folder, flags)
    const ours = await onStore(store, async (url) =>
      thenStop(await own(url === undefined ? [] : ['--database-url', url]), measure),
    )
    const named = async (side: Side) => ({ name: side.name, measured: await measure(side) })
    const theirs = await onStore(store, async (url) => thenStop(await startTheirs(folder, url), named))
    return { ours, theirs: theirs.measured, rival: theirs.name }
  })
}

/** Runs with the address of an empty PostgreSQL database, or with none for SQLite. */
function onStore<T>(store: Store, work: (databaseUrl: string | undefined) => Promise<T>): Promise<T> {
  return store === 'postgres' ? withPostgres(work) : work(undefined)
}

/** Measures a side and stops it, whatever came of it. */
export async function thenStop<T>(side: Side, measure: (side: Side) => Promise<T>): Promise<T> {
  try {
    return await measure(side)
  } finally {
    await side.stop()
  }
}

let readingMs = 0

/** What this client has spent on reading answers so far: JSON of megabytes costs it as much as the server's own work. */
export function clientReadingMs(): number {
  return readingMs
}

/** One request of MLflow's API; throws for any answer but 200. */
export async function ask<T>(side: Side, method: 'GET' | 'POST', path: string, body?: object): Promise<T> {
  const answer = await fetch(`${side.url}/api/2.0/mlflow/${path}`, {
    method,
    headers: {
      ...(side.token === undefined ? {} : { authorization: `Bearer ${side.token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  if (answer.status !== 200) throw new Error(`${side.name} answered ${answer.status} to ${path}: ${text.slice(0, 300)}`)
  const startedAt = performance.now()
  const read = JSON.parse(text) as T // as MLflow's REST API answers
  readingMs += performance.now() - startedAt
  return read
}

export interface RunAnswer {
  readonly info: { readonly run_id: string; readonly run_name?: string }
  readonly data: {
    readonly metrics?: readonly { key: string; value: number; step: number; timestamp: number }[]
    readonly params?: readonly { key: string; value: string }[]
    readonly tags?: readonly { key: string; value: string }[]
  }
}

/** Makes an experiment with so many runs and gives their ids. */
export async function makeRuns(side: Side, count: number): Promise<{ experiment: string; runs: string[] }> {
  const name = `bench-${performance.now()}`
  const { experiment_id: experiment } = await ask<{ experiment_id: string }>(side, 'POST', 'experiments/create', {
    name,
  })
  const runs: string[] = []
  for (let number = 0; number < count; number += 1) {
    const body = { experiment_id: experiment, start_time: 1_760_000_000_000 + number, run_name: `run-${number}` }
    const { run } = await ask<{ run: RunAnswer }>(side, 'POST', 'runs/create', body)
    runs.push(run.info.run_id)
  }
  return { experiment, runs }
}
