import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runScript } from '../journeys/mlflow/run-script.ts'
import type { ServerProcess } from '../journeys/server-process.ts'
import { endServers, startServer } from '../journeys/server-process.ts'

let folder = ''
let server: ServerProcess

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-clients-'))
  server = await startServer(join(folder, 'data'))
})

afterAll(async () => {
  await endServers()
  await rm(folder, { recursive: true, force: true })
})

describe('MLflow’s own client, unmodified', () => {
  it('logs by itself what scikit-learn, XGBoost and LightGBM do, evaluates, registers, and has its command line', async () => {
    const saw = await runScript('wide-client.py', server.url, folder)
    expect(saw).toEqual({
      sklearn: {
        params: { C: '0.5', max_iter: '200' },
        metrics: 'accuracy_score f1_score log_loss precision_score recall_score roc_auc score'
          .split(' ')
          .map((name) => `training_${name}`),
        estimator: 'LogisticRegression',
        equal: true,
        confusion: true,
        dataset: 'train',
      },
      grid: ['0.1', '1.0'],
      xgboost: { points: 5, depth: '2', equal: true },
      lightgbm: { points: 5, leaves: '4', equal: true },
      nested: ['child 2', 'child 1', 'child 0'],
      registry: { equal: true, signature: true, model: true },
      evaluation: { equal: true, found: [true], models: [true], artifacts: true },
      'command line': {
        csv: true,
        names: true,
        described: 'logistic',
        listed: true,
        downloaded: true,
        deleted: 'deleted',
        restored: 'active',
        experiments: true,
      },
    })
  })
})
