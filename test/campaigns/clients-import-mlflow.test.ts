import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mlflowPython } from '../journeys/mlflow/run-script.ts'
import { endServers, runCli, startServer } from '../journeys/server-process.ts'

let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-import-'))
})

afterAll(async () => {
  await endServers()
  await rm(folder, { recursive: true, force: true })
})

/** What MLflow's own client reads of an address, or what it says while it fills one. */
async function python(script: 'dump.py' | 'make-source.py', ...args: readonly string[]): Promise<string> {
  const path = fileURLToPath(new URL(`../journeys/mlflow-import/${script}`, import.meta.url))
  const quiet = { GIT_PYTHON_REFRESH: 'quiet', MLFLOW_DISABLE_TELEMETRY: 'true', MLFLOW_ALLOW_FILE_STORE: 'true' }
  const { stdout } = await promisify(execFile)(mlflowPython(), [path, ...args], {
    env: { PATH: process.env['PATH'], HOME: folder, ...quiet },
    cwd: folder,
    maxBuffer: 256 * 1024 * 1024,
  })
  return stdout
}

/** Fills `address` with MLflow's client, imports it by `source` twice, and gives what the client reads on both sides. */
async function importAll(name: string, address: string, source: string) {
  await python('make-source.py', address, join(folder, name))
  const server = await startServer(join(folder, `${name}-data`))
  const first = await runCli(server.url, 'import', 'mlflow', source, '--json')
  const second = await runCli(server.url, 'import', 'mlflow', source, '--json')
  const [there, here] = [await python('dump.py', address), await python('dump.py', server.url)]
  return { first, second, there: JSON.parse(there) as unknown, here: JSON.parse(here) as unknown }
}

describe('what MLflow’s own client made', () => {
  it('reads the same from Millrace after the import of its database', async () => {
    const address = `sqlite:///${folder}/mlflow.db`
    const { first, second, there, here } = await importAll('database', address, address)
    expect(first.code).toBe(0)
    expect(here).toEqual(there)
    // Experiments that nobody wrote an artifact to have no folder, which cannot be told from one that is away.
    const left = [{ kind: 'artifacts of run' }, { kind: 'artifacts of run' }]
    expect(JSON.parse(first.output)).toMatchObject({ left, mapped: [] })
    const [runs, traces] = [{ made: 0, changed: 0 }, { made: 0 }]
    expect(JSON.parse(second.output)).toMatchObject({ left, counts: { runs, traces } })
  }, 600_000)

  it('reads the same from Millrace after the import of its folder of runs', async () => {
    const runs = join(folder, 'mlruns')
    const { first, second, there, here } = await importAll('folder', runs, runs)
    expect(first.code).toBe(0)
    expect(here).toEqual(renumbered(there, first.output))
    expect(JSON.parse(second.output)).toMatchObject({ left: [], counts: { runs: { made: 0 }, artifacts: { made: 0 } } })
  }, 600_000)
})

/** What was read, with the numbers that experiments have here, and without points that are there twice. */
function renumbered(there: unknown, output: string): unknown {
  const { mapped } = JSON.parse(output) as { mapped: { kind: string; id: string; reason: string }[] } // the report's form
  let text = JSON.stringify(there)
  for (const { kind, id, reason } of mapped) {
    const number = /is number (\d+)/.exec(reason)?.[1]
    if (kind === 'experiment' && number !== undefined) text = text.replaceAll(id, number)
  }
  return JSON.parse(text, (key, value: unknown) => (key === 'history' ? withoutTwins(value) : value))
}

function withoutTwins(history: unknown): unknown {
  const series = Object.entries(history as Record<string, unknown[]>) // as the script writes it
  return Object.fromEntries(
    series.map(([key, points]) => [key, [...new Map(points.map((point) => [JSON.stringify(point), point])).values()]]),
  )
}
