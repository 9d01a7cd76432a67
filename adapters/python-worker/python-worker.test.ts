import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { PythonSource, Tensor } from '@millrace/model-serving/plane'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PythonRunner } from './create-python-runner.ts'
import { createPythonRunner } from './create-python-runner.ts'
import { findPython, runPython } from './testing/find-python.ts'

const found = findPython()
const python = 'python' in found ? found.python : ''
const folder = mkdtempSync(join(tmpdir(), 'millrace-python-'))
const open: PythonRunner[] = []

async function runnerOf(source: Partial<PythonSource> & Pick<PythonSource, 'path'>): Promise<PythonRunner> {
  const runner = await createPythonRunner({ format: 'python', loader: 'pickle', python, trusted: true, ...source })
  open.push(runner)
  return runner
}

const row = (name: string, ...values: number[]): Tensor => ({
  name,
  datatype: 'FP64',
  shape: [1, values.length],
  data: Float64Array.from(values),
})

/** A class that the pickles of these tests hold, written where every worker finds it: in the pickle itself. */
const makeModels = `
import cloudpickle, joblib, os, sys, time
import numpy as np
from sklearn.linear_model import LogisticRegression
x = np.array([[0.0, 1.0], [1.0, 0.0], [0.2, 0.9], [0.9, 0.1]])
joblib.dump(LogisticRegression().fit(x, [0, 1, 0, 1]), sys.argv[1] + '/linear.joblib')
class Moody:
    n_features_in_ = 1
    def predict(self, x):
        mood = float(x[0][0])
        if mood == 1: raise ValueError('not today')
        if mood == 2: time.sleep(600)
        if mood == 3: os._exit(9)
        if mood == 4: self.kept = np.ones(60_000_000)
        if mood == 5: return [1, 2, 3, 4, 5, 6, 7]
        return x[:, 0] * 2
cloudpickle.register_pickle_by_value(sys.modules['__main__'])
with open(sys.argv[1] + '/moody.pkl', 'wb') as file: cloudpickle.dump(Moody(), file)
`

describe.skipIf('missing' in found)('a model that Python runs', () => {
  beforeAll(() => void runPython(python, makeModels, folder))
  afterAll(async () => {
    await Promise.all(open.map((runner) => runner.close()))
    rmSync(folder, { recursive: true, force: true })
  })

  it('says its inputs and outputs and computes what Python computes', async () => {
    const runner = await runnerOf({ path: join(folder, 'linear.joblib') })
    expect(runner).toMatchObject({
      platform: 'sklearn_python',
      parallel: 2,
      elsewhere: true,
      signature: {
        inputs: [{ name: 'input-0', datatype: 'FP64', shape: [-1, 2] }],
        outputs: [
          { name: 'predictions', datatype: 'INT64', shape: [-1] },
          { name: 'probabilities', datatype: 'FP64', shape: [-1, 2] },
        ],
      },
    })
    const [predictions, probabilities] = await runner.run([row('input-0', 0.1, 0.8)])
    const program = `import joblib, sys; print(joblib.load(sys.argv[1]).predict_proba([[0.1, 0.8]])[0].tolist())`
    const expected: unknown = JSON.parse(runPython(python, program, join(folder, 'linear.joblib')))
    expect([...(predictions?.data ?? [])]).toEqual([0n])
    expect([...(probabilities?.data ?? [])]).toEqual(expected)
  })

  it('computes many requests at once, each with its own answer', async () => {
    const runner = await runnerOf({ path: join(folder, 'moody.pkl'), workers: 2 })
    const all = await Promise.all(Array.from({ length: 200 }, (_, index) => runner.run([row('input-0', index + 10)])))
    expect(all.map(([output]) => output?.data[0])).toEqual(Array.from({ length: 200 }, (_, index) => 2 * (index + 10)))
  })

  it('fails one request when the model fails, and goes on', async () => {
    const runner = await runnerOf({ path: join(folder, 'moody.pkl') })
    await expect(runner.run([row('input-0', 1)])).rejects.toThrow('ValueError: not today')
    await expect(runner.run([row('input-0', 5)])).rejects.toThrow('the model gave "predictions" with 7 rows for 1')
    expect((await runner.run([row('input-0', 7)]))[0]?.data[0]).toBe(14)
    expect(runner.restarts()).toBe(0)
  })

  it('loses only the request that ended its process', async () => {
    const runner = await runnerOf({ path: join(folder, 'moody.pkl') })
    const dies = runner.run([row('input-0', 3)])
    const waits = runner.run([row('input-0', 8)])
    await expect(dies).rejects.toThrow(/process ended while it computed this \(exit status 9\)/)
    expect((await waits)[0]?.data[0]).toBe(16)
    expect(runner.restarts()).toBe(1)
  })

  it('ends a process that hangs, and starts another', async () => {
    const runner = await runnerOf({ path: join(folder, 'moody.pkl'), runTimeoutMs: 1000 })
    const hangs = runner.run([row('input-0', 2)])
    const waits = runner.run([row('input-0', 8)])
    await expect(hangs).rejects.toThrow('did not answer within 1000 ms')
    expect((await waits)[0]?.data[0]).toBe(16)
  })

  it('replaces a process that has grown over its limit, and loses no request', async () => {
    const runner = await runnerOf({ path: join(folder, 'moody.pkl'), memoryLimitMb: 400 })
    const [before] = runner.pids()
    expect((await runner.run([row('input-0', 4)]))[0]?.data[0]).toBe(8)
    await expect.poll(() => runner.pids()[0] !== before && runner.pids().length === 1, { timeout: 20_000 }).toBe(true)
    expect((await runner.run([row('input-0', 6)]))[0]?.data[0]).toBe(12)
  })

  it('leaves no process behind when it is closed', async () => {
    const runner = await createPythonRunner({
      format: 'python',
      loader: 'pickle',
      python,
      trusted: true,
      path: join(folder, 'linear.joblib'),
    })
    const [pid = 0] = runner.pids()
    await runner.close()
    expect(() => process.kill(pid, 0)).toThrow('ESRCH')
    await expect(runner.run([row('input-0', 1, 2)])).rejects.toThrow('started again')
  })

  it.each([
    ['text', 'text.pkl', 'no pickle', /text\.pkl cannot be unpickled/],
    ['nothing', 'nothing.pkl', undefined, /FileNotFoundError/],
  ])('is refused with a sentence when the file holds %s', async (_what, name, content, sentence) => {
    if (content !== undefined) writeFileSync(join(folder, name), content)
    await expect(runnerOf({ path: join(folder, name) })).rejects.toThrow(sentence)
  })

  it('is refused with a sentence when there is no such interpreter', async () => {
    await expect(runnerOf({ path: join(folder, 'linear.joblib'), python: '/nowhere/python' })).rejects.toThrow(
      /interpreter \/nowhere\/python cannot be started/,
    )
  })

  it('answers in its own form where it is an archive of TorchServe, in pieces or whole', async () => {
    const archive = join(folder, 'archive')
    mkdirSync(join(archive, 'MAR-INF'), { recursive: true })
    const model = { modelName: 'echo', handler: 'handler.py' }
    writeFileSync(join(archive, 'MAR-INF', 'MANIFEST.json'), JSON.stringify({ model }))
    writeFileSync(
      join(archive, 'handler.py'),
      `from ts.torch_handler.base_handler import BaseHandler
class Echo(BaseHandler):
    def initialize(self, context): self.initialized = True
    def handle(self, data, context):
        context.set_response_header(0, "x-model", context.model_name)
        return [{"got": row.get("body")} for row in data]
`,
    )
    const runner = await runnerOf({ path: archive, loader: 'torchserve' })
    const headers = { 'content-type': 'application/json' }
    const answer = await runner.invoke?.({ headers, body: Buffer.from('{"a":[1,2]}') })
    expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'application/json', 'x-model': 'echo' } })
    expect(answer?.body).toEqual(Buffer.from('{"got": {"a": [1, 2]}}'))
    await expect(runner.invoke?.({ headers, body: Buffer.from('{') })).rejects.toMatchObject({ status: 400 })
  })
})

/** Refused with a sentence where the kernel has no Landlock; then there is nothing to try. */
const sandboxed = process.platform === 'linux' && 'python' in found && hasLandlock(python)

function hasLandlock(interpreter: string): boolean {
  const program = `import ctypes; print(ctypes.CDLL(None).syscall(444, None, ctypes.c_size_t(0), 1))`
  return Number(execFileSync(interpreter, ['-I', '-c', program], { encoding: 'utf8' })) > 0
}

describe.skipIf(!sandboxed)('an untrusted pickle', () => {
  it('reads no secret, no file and no memory of the server, reaches no network and starts no process', async () => {
    const own = mkdtempSync(join(tmpdir(), 'millrace-malicious-'))
    const secret = join(own, 'secret.txt')
    writeFileSync(secret, 'hush')
    const server = createServer((socket) => socket.end('hello')).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    mkdirSync(join(own, 'model'))
    const path = join(own, 'model', 'malicious.pkl')
    const program = fileURLToPath(new URL('./testing/malicious-pickle.py', import.meta.url))
    execFileSync(python, ['-I', program, secret, String(port), path])
    process.env['MILLRACE_SECRET_OF_TEST'] = 'hush'
    const runner = await createPythonRunner({ format: 'python', loader: 'pickle', python, trusted: false, path })
    const [output] = await runner.run([row('input-0', 0)])
    await runner.close()
    server.close()
    const tried = JSON.parse(String(output?.data[0])) as Record<string, string> // as malicious-pickle.py writes it
    expect(Object.keys(tried)).toHaveLength(22)
    expect(Object.entries(tried).filter(([, result]) => result.startsWith('GOT'))).toEqual([])
    expect(readFileSync(secret, 'utf8')).toBe('hush')
    rmSync(own, { recursive: true, force: true })
  })

  it('of a harmless estimator computes the same as a trusted one', async () => {
    const own = mkdtempSync(join(tmpdir(), 'millrace-harmless-'))
    runPython(python, makeModels, own)
    const path = join(own, 'linear.joblib')
    const runner = await createPythonRunner({ format: 'python', loader: 'pickle', python, trusted: false, path })
    const [predictions] = await runner.run([row('input-0', 0.9, 0.1)])
    expect([...(predictions?.data ?? [])]).toEqual([1n])
    await runner.close()
    rmSync(own, { recursive: true, force: true })
  })
})
