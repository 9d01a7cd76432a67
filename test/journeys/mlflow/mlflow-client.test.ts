import type { ChildProcess } from 'node:child_process'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const script = fileURLToPath(new URL('client.py', import.meta.url))
const main = fileURLToPath(new URL('../../../apps/server/main.ts', import.meta.url))
const server: { child?: ChildProcess; folder?: string; url: string } = { url: '' }

/** A Python that has MLflow; without one this journey fails, it does not skip. */
function python(): string {
  const path = process.env['MILLRACE_TEST_PYTHON']
  if (path !== undefined && path !== '') return path
  throw new Error(
    'This journey needs a Python with mlflow installed. Make one with "python3 -m venv DIR && DIR/bin/pip install mlflow", and set MILLRACE_TEST_PYTHON=DIR/bin/python.',
  )
}

async function addressOf(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('The server has no output to read.')
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /https?:\/\/\S+/.exec(line)?.[0]
    if (url !== undefined) return url
  }
  throw new Error('The server ended before it said where it listens.')
}

beforeAll(async () => {
  server.folder = await mkdtemp(join(tmpdir(), 'millrace-journey-'))
  const flags = ['--port', '0', '--data-dir', join(server.folder, 'data'), '--log-level', 'warn']
  server.child = spawn(process.execPath, [main, ...flags], { stdio: ['ignore', 'pipe', 'inherit'] })
  server.url = await addressOf(server.child)
})

afterAll(async () => {
  if (server.child !== undefined && server.child.exitCode === null) {
    const ended = once(server.child, 'exit')
    server.child.kill('SIGTERM')
    await ended
  }
  if (server.folder !== undefined) await rm(server.folder, { recursive: true, force: true })
})

/** What the script saw, by what it was. */
async function runClient(): Promise<Record<string, unknown>> {
  const quiet = { GIT_PYTHON_REFRESH: 'quiet', MLFLOW_HTTP_REQUEST_MAX_RETRIES: '1', MLFLOW_DISABLE_TELEMETRY: 'true' }
  const { stdout } = await promisify(execFile)(python(), [script, server.url], {
    env: { PATH: process.env['PATH'], HOME: server.folder, ...quiet },
    maxBuffer: 16 * 1024 * 1024,
  })
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'))
  return Object.fromEntries(
    lines.map((line) => {
      const { what, value } = JSON.parse(line) as { what: string; value: unknown } // as the script prints them
      return [what, value]
    }),
  )
}

describe('a data scientist with MLflow’s own client', () => {
  it('tracks, searches, stores and registers as ever, and finds it all in Millrace', async () => {
    const saw = await runClient()
    expect(saw).toMatchObject({
      experiment: { name: 'journeys/mlflow', id: '1' },
      run: {
        name: 'first',
        status: 'FINISHED',
        params: { model: 'logistic', learning_rate: '0.1', rows: '3000000' },
        log_loss: 0.2,
        broken_is_nan: true,
        stage: 'trial',
      },
      history: [
        [1, 1],
        [2, 0.5],
        [3, 1 / 3],
        [4, 0.25],
        [5, 0.2],
      ],
      artifacts: [
        ['model/big.bin', false, 1_000_000],
        ['model/features.json', false, expect.any(Number)],
      ],
      downloaded: { features: ['hour', 'distance'] },
      folder: ['big.bin', 'features.json'],
      found: [true],
      ordered: ['second', 'first'],
      experiments: ['journeys/mlflow'],
      refused: {
        param: 'INVALID_PARAMETER_VALUE',
        filter: 'INVALID_PARAMETER_VALUE',
        run: 'RESOURCE_DOES_NOT_EXIST',
        deleted: 'INVALID_PARAMETER_VALUE',
        experiment: 'RESOURCE_ALREADY_EXISTS',
      },
      version: { version: '1', status: 'READY', tags: { checked: 'yes' } },
      versions: [['Doubler', '1']],
      model: { aliases: { champion: '1' } },
      predicted: 42,
      'unknown alias': 'INVALID_PARAMETER_VALUE',
    })
    const run = await fetch(`${server.url}/api/millrace/v1/w/default/runs/${String(saw['done'])}`)
    expect(await run.json()).toMatchObject({
      experiment: 'journeys/mlflow',
      status: 'finished',
      metrics: { auc: 0.652, broken: 'NaN' },
    })
  })
})
