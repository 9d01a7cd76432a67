import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { Server } from 'node:http'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { endServers, startServer } from '../journeys/server-process.ts'
import { freePort } from '../journeys/serving-dialects/free-port.ts'
import { startTextEngine } from '../journeys/serving-dialects/text-engine.ts'
import { pythonWith, seenBy } from './clients-serving/python-environment.ts'

const packages = ['mlflow==3.17.2', 'boto3', 'databricks-sdk', 'openai', 'requests', 'torch-model-archiver']
const token = `mlr_${randomBytes(32).toString('hex')}`
let folder = ''
let python = ''
let engine: Server
let guarded = ''
let many = ''
let one = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-scoring-'))
  python = await pythonWith(...packages)
  const models = join(folder, 'models')
  await seenBy(python, 'make_scoring_models.py', models)
  const { url, server } = await startTextEngine()
  engine = server
  await mkdir(join(models, 'writer'))
  await writeFile(join(models, 'writer', 'remote-model.yaml'), `url: ${url}\nprotocol: openai\nmodel: small-one\n`)
  process.env['MILLRACE_ADMIN_TOKEN'] = token
  guarded = await serve('guarded', '--model-repository', models, '--auth', 'required')
  many = await serve('many', '--model-repository', models)
  one = await serve('one', '--serve-model', join(models, 'iris'))
  await ready(`http://${guarded}/v2/models/upper/ready`)
  for (const name of ['iris', 'matrix']) await ready(`http://${many}/v2/models/${name}/ready`)
  await ready(`http://${one}/readyz`)
}, 1_200_000)

afterAll(async () => {
  await endServers()
  engine.close()
  await once(engine, 'close')
  await rm(folder, { recursive: true, force: true })
})

/** `host:port` of a new server's predictions. */
async function serve(name: string, ...flags: readonly string[]): Promise<string> {
  const port = await freePort()
  const own = ['--predict-port', String(port), '--serving-python', python, ...flags]
  await startServer(join(folder, name), { flags: own })
  return `127.0.0.1:${port}`
}

async function ready(url: string): Promise<void> {
  const headers = { authorization: `Bearer ${token}` }
  for (let patience = 600; patience > 0; patience -= 1) {
    const answer = await fetch(url, url.includes(guarded) ? { headers } : {}).catch(() => undefined)
    if (answer?.status === 200) return
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  throw new Error(`${url} does not get ready`)
}

describe('clients of scoring protocols, unmodified', () => {
  it('boto3, Databricks’ SDK, OpenAI’s package and a TorchServe archive, with a token', async () => {
    expect(await seenBy(python, 'scoring_clients.py', guarded, token)).toEqual({
      'sagemaker csv': ['0\n', 'v1', 'prediction-id='],
      'sagemaker npy': [0],
      'sagemaker target': [0],
      'sagemaker stream': '[0]',
      'sagemaker refusals': {
        endpoint: ['ValidationError', 400],
        model: ['ModelError', 424],
        'unknown key': ['AccessDeniedException', 401],
        'unknown token': ['AccessDeniedException', 401],
      },
      databricks: [0],
      'databricks records': [0],
      'databricks endpoint': 'READY',
      openai: ['Hello', 'small-one'],
      'openai stream': ['Hel', 'lo'],
      'openai embeddings': [0.5, 1],
      'openai refusals': { model: 'NotFoundError', key: 'AuthenticationError' },
      'torchserve archive': [
        { upper: 'HELLO', length: 5 },
        { upper: 'HELLO', length: 5 },
      ],
    })
  }, 120_000)
  it('MLflow’s scoring client and deployments; answers are those of `mlflow models serve`', async () => {
    expect(await seenBy(python, 'mlflow_clients.py', many, one, join(folder, 'models', 'iris'))).toEqual({
      compared: 14,
      'scoring client': ['3.17.2', expect.arrayContaining([0, 1, 2])],
      deployments: [0, 1, 2],
      'deployments endpoint': 'iris',
    })
  }, 300_000)
})
