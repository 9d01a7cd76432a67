import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { tinyModel } from '@millrace/adapter-onnx-runtime/testing'
import { findPython, runPython } from '@millrace/adapter-python-worker/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type InstalledPackage, installPackage } from '../packed/installed-package.ts'

const found = findPython()
const python = 'python' in found ? found.python : ''

describe('the npm package, installed in an empty folder', () => {
  let installed: InstalledPackage
  let url = ''
  beforeAll(async () => {
    installed = installPackage()
    url = (await installed.startServer()).url
  }, 240_000)
  afterAll(() => installed.remove())

  it('starts a server that is healthy and has its pages', async () => {
    expect(await (await fetch(`${url}/health`)).text()).toBe('OK')
    const page = await (await fetch(`${url}/`)).text()
    const script = /src="\.?\/?(assets\/[^"]+\.js)"/.exec(page)?.[1]
    const answer = await fetch(`${url}/${script}`)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toContain('text/javascript')
  })

  it('applies the example that it carries, pipeline and all, and a second time changes nothing', async () => {
    const example = ['apply', '--file', 'node_modules/millrace/examples/flight-delay/loop.yaml']
    const first = await installed.run(example, { MILLRACE_URL: url })
    expect(first.said).toMatch(/create\s+Pipeline\s+train-flight-delay/)
    expect(first.exitCode).toBe(0)
    const second = await installed.run(example, { MILLRACE_URL: url })
    expect(second.exitCode).toBe(0)
    expect(second.said).not.toMatch(/create|change /)
  })

  it('runs steps of the packed pipeline in processes of their own', async () => {
    const api = `${url}/api/millrace/v1/w/default`
    const parameters = { training: 'datasets:/none@latest', holdout: 'datasets:/none@latest' }
    const { id } = await startRun(`${api}/pipelines/train-flight-delay/runs`, parameters)
    // The step's code came as far as asking for its data, which is not there.
    await expect
      .poll(async () => readRun(`${api}/pipeline-runs/${id}`), { timeout: 60_000 })
      .toMatch(/^failed: .*none/s)
  })

  it('has the door with which its users write pipelines of their own', async () => {
    writeFileSync(join(installed.folder, 'greet.js'), greet)
    writeFileSync(join(installed.folder, 'greet.yaml'), greetYaml)
    const applied = await installed.run(['apply', '--file', 'greet.yaml'], { MILLRACE_URL: url })
    expect(applied.said).toMatch(/create\s+Pipeline\s+greet/)
    const api = `${url}/api/millrace/v1/w/default`
    const { id } = await startRun(`${api}/pipelines/greet/runs`, {})
    await expect.poll(async () => readRun(`${api}/pipeline-runs/${id}`), { timeout: 60_000 }).toMatch(/^succeeded/)
  })

  it('serves an ONNX file, predicts files with it, and exports it for machines without a server', async () => {
    writeFileSync(join(installed.folder, 'model.onnx'), tinyModel({ weights: { a: 1, b: -2 }, bias: 0.5 }))
    const { predictUrl } = await installed.serve(['model.onnx'])
    const expected = 1 / (1 + Math.exp(2.5))
    const { predictions } = await invoke(predictUrl, { dataframe_split: { columns: ['a', 'b'], data: [[1, 2]] } })
    expect(predictions.flat()[0]).toBeCloseTo(expected, 5)

    writeFileSync(join(installed.folder, 'rows.csv'), 'a,b\n1,2\n')
    const batch = await installed.run([
      'predict',
      '--model',
      'model.onnx',
      '--input',
      'rows.csv',
      '--output',
      'out.csv',
    ])
    expect(batch.said).toContain('Predicted 1 rows')
    expect(Number(readFileSync(join(installed.folder, 'out.csv'), 'utf8').split('\n')[1])).toBeCloseTo(expected, 5)

    const exported = await installed.run(['edge', 'export', 'model.onnx', '--target', 'docker', '--output', 'edge'])
    expect(exported).toMatchObject({ exitCode: 0 })
    const edge = (await import(pathToFileURL(join(installed.folder, 'edge/predict.mjs')).href)) as Edge
    const [answer] = await (await edge.load()).predict([{ a: 1, b: 2 }])
    expect(answer?.outputs['probability']).toBeCloseTo(expected, 5)
  })

  it.skipIf('missing' in found)('runs a scikit-learn model in a Python of its user', async () => {
    runPython(python, linearModel, join(installed.folder, 'linear.joblib'))
    const { predictUrl } = await installed.serve(['linear.joblib', '--serving-python', python])
    const inputs = [
      [0, 1],
      [1, 0],
    ]
    expect((await invoke(predictUrl, { inputs })).predictions).toEqual([0, 1])
  })
})

/** What a bundle for Node exports. */
interface Edge {
  load(): Promise<{ predict(rows: readonly object[]): Promise<{ outputs: Record<string, unknown> }[]> }>
}

const linearModel = `
import joblib, sys
from sklearn.linear_model import LogisticRegression
joblib.dump(LogisticRegression().fit([[0, 1], [1, 0], [0.2, 0.9], [0.9, 0.1]], [0, 1, 0, 1]), sys.argv[1])
`

async function invoke(url: string, body: object): Promise<{ predictions: unknown[] }> {
  const headers = { 'content-type': 'application/json' }
  // The server listens before its model is loaded.
  await expect.poll(() => fetch(`${url}/ping`).then(({ status }) => status, String), { timeout: 60_000 }).toBe(200)
  const answer = await fetch(`${url}/invocations`, { method: 'POST', headers, body: JSON.stringify(body) })
  expect({ status: answer.status, body: await answer.clone().text() }).toMatchObject({ status: 200 })
  return (await answer.json()) as { predictions: unknown[] }
}

const greet = `import { pipeline, step, text } from 'millrace/pipelines/define'
const hello = step({ name: 'hello', inputs: {}, outputs: { said: text() }, run: async () => ({ said: 'hello' }) })
export default pipeline('greet', { parameters: {} }, () => ({ said: hello({}).said }))
`
const greetYaml = `apiVersion: millrace/v1
kind: Pipeline
metadata: { name: greet }
spec: { module: ./greet.js }
`

async function startRun(address: string, parameters: Readonly<Record<string, string>>): Promise<{ id: string }> {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(address, { method: 'POST', headers, body: JSON.stringify({ parameters }) })
  return (await answer.json()) as { id: string }
}

/** A run's state, and why its steps failed where they did. */
async function readRun(address: string): Promise<string> {
  const run = (await (await fetch(address)).json()) as {
    state: string
    steps: { attempts: { reason: string | null }[] }[]
  }
  const reasons = run.steps.flatMap(({ attempts }) => attempts.map(({ reason }) => reason ?? ''))
  return `${run.state}: ${reasons.join(' ')}`
}
