import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ServerProcess } from '../server-process.ts'
import { endServers, runCli, startServer } from '../server-process.ts'
import { makeOldDatabase, pointsPerRun, runCount, runIdOf } from './old-database.ts'

const cliMain = fileURLToPath(new URL('../../../apps/cli/main.ts', import.meta.url))

let folder = ''
let database = ''
let server: ServerProcess

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-import-'))
  database = await makeOldDatabase(folder)
  server = await startServer(join(folder, 'data'))
})

afterAll(async () => {
  await endServers()
  await rm(folder, { recursive: true, force: true })
})

interface Run {
  readonly id: string
  readonly name: string
  readonly deleted: boolean
  readonly startedAtMs: number
  readonly params: Readonly<Record<string, string>>
  readonly metricSummaries: Readonly<Record<string, { readonly points: number }>>
}

async function ask<T>(path: string, body?: object): Promise<T> {
  const init = { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
  const response = await fetch(`${server.url}/api/millrace/v1/w/default${path}`, body === undefined ? {} : init)
  if (!response.ok) throw new Error(await response.text())
  return (await response.json()) as T // as the contract of the address says
}

async function allRuns(): Promise<Run[]> {
  const found: Run[] = []
  for (let pageToken: string | undefined; ;) {
    const page = { limit: 500, view: 'all', ...(pageToken === undefined ? {} : { pageToken }) }
    const { items, nextPageToken } = await ask<{ items: Run[]; nextPageToken?: string }>('/runs/search', page)
    found.push(...items)
    if (nextPageToken === undefined) return found
    pageToken = nextPageToken
  }
}

/** Starts the import and kills it as soon as the first runs are stored. */
async function importAndKill(): Promise<void> {
  const child = spawn(process.execPath, [cliMain, 'import', 'mlflow', database], {
    stdio: 'ignore',
    env: { ...process.env, MILLRACE_URL: server.url },
  })
  const ended = once(child, 'exit')
  while (child.exitCode === null && (await allRuns()).length === 0) await pause(5)
  child.kill('SIGKILL')
  await ended
}

describe('the import of a tracking database of MLflow 1.x', () => {
  it('says what it would take before it takes anything', async () => {
    const { code, output } = await runCli(
      server.url,
      'import',
      'mlflow',
      `sqlite:///${database}`,
      '--dry-run',
      '--json',
    )
    expect(code).toBe(0)
    expect(JSON.parse(output)).toMatchObject({ dryRun: true, counts: { runs: { made: runCount } } })
    expect(await allRuns()).toEqual([])
  })

  it('was killed in the middle, runs again, and has everything once', async () => {
    await importAndKill()
    const { code, output } = await runCli(server.url, 'import', 'mlflow', database, '--json')
    expect(code).toBe(0)
    expect(JSON.parse(output)).toMatchObject({ left: [], mapped: [] })
    const runs = (await allRuns()).toSorted((a, b) => (a.id < b.id ? -1 : 1))
    expect(runs.map(({ id }) => id)).toEqual(Array.from({ length: runCount }, (_, number) => runIdOf(number)))
    expect(new Set(runs.map(({ metricSummaries }) => metricSummaries['loss']?.points))).toEqual(new Set([pointsPerRun]))
    expect(runs.filter(({ deleted }) => deleted).map(({ name }) => name)).toEqual(['run 1'])
    expect(runs[5]).toMatchObject({ name: 'run 5', params: { lr: '0.5' }, startedAtMs: 1_500_000_000_005 })
  })

  it('takes nothing the next time', async () => {
    const { output } = await runCli(server.url, 'import', 'mlflow', database, '--json')
    const unchanged = { made: 0, changed: 0 }
    expect(JSON.parse(output)).toMatchObject({
      counts: { runs: { ...unchanged, same: runCount }, 'registered models': unchanged, 'model versions': unchanged },
    })
  })

  it('has the model’s version standing on the files that came along', async () => {
    expect(await ask('/models/forest/versions/1')).toMatchObject({
      stage: 'Production',
      runId: runIdOf(0),
      artifactPath: 'model',
      format: 'mlflow',
      createdBy: 'ann',
      createdAtMs: 5,
    })
    expect(await ask(`/runs/${runIdOf(1)}/artifacts`)).toMatchObject({ items: [{ path: 'left.txt', sizeBytes: 16 }] })
    expect(await ask('/experiments/fraud')).toMatchObject({ number: 3, spec: { tags: { team: 'a' } } })
  })
})
