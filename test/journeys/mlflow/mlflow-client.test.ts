import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ServerProcess } from '../server-process.ts'
import { endServers, startServer } from '../server-process.ts'
import { runScript } from './run-script.ts'

let folder = ''
let server: ServerProcess

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-journey-'))
  server = await startServer(join(folder, 'data'))
})

afterAll(async () => {
  await endServers()
  await rm(folder, { recursive: true, force: true })
})

describe('a data scientist with MLflow’s own client', () => {
  it('tracks, searches, stores and registers as ever, and finds it all in Millrace', async () => {
    const saw = await runScript('client.py', server.url, folder)
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
      nested: ['child'],
      data: { name: 'flights', digest: '1', tags: { part: 'january', 'mlflow.data.context': 'training' } },
      'found by data': [true],
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
      measured: { key: 'doubled', value: 2, dataset: 'flights' },
      'models found': ['doubler'],
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
