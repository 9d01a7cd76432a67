import { appendFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import type { Tracing } from '@millrace/kernel'
import type { ModelRunner, RawAnswer, RawRequest } from '../model/model-runner.ts'
import type { ModelSource } from '../model/model-source.ts'
import type { Tensor } from '../model/tensor.ts'
import type { PlaneDialect, PredictResult } from '../process/plane/plane-dialect.ts'
import { startDataPlane } from '../process/plane/start-data-plane.ts'

// A data plane whose models do what their path says, for tests of what surrounds a model: `add:2`, `slow:50`, `hang`, `nan`,
// `short`, `beside`, `fail`, `rows`, `raw`, `drip`. `x` is the input, `y` the output. `{"manage": …}` orders go to control.

const signature = {
  inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 1] }],
  outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 1] }],
} as const

/** Runs of all models. */
let underWay = 0

type Compute = (x: Float32Array) => Float32Array | Promise<Float32Array>

function computeOf(name: string, argument: number): Compute {
  const all: Readonly<Record<string, Compute>> = {
    add: (x) => x.map((value) => value + argument),
    rows: (x) => x.map(() => x.length),
    slow: async (x) => {
      await wait(argument)
      return x
    },
    beside: async (x) => {
      underWay += 1
      await wait(argument)
      const y = x.map(() => underWay)
      await wait(argument)
      underWay -= 1
      return y
    },
    hang: () => new Promise(() => {}),
    nan: (x) => x.map(() => Number.NaN),
    short: (x) => x.subarray(1),
    fail: () => {
      throw new Error('it cannot be divided by zero')
    },
  }
  const compute = all[name]
  if (compute === undefined) throw new Error(`there is no model "${name}"`)
  return compute
}

async function createRunner(source: ModelSource): Promise<ModelRunner> {
  const [name = '', argument = '0', parallel = '1'] = ('path' in source ? source.path : '').split(':')
  if (name === 'raw' || name === 'drip') return rawRunner(name)
  const compute = computeOf(name, Number(argument))
  // Measuring a model that hangs would hang too: it only does so for a row that says so.
  const hangs = name === 'hang' || name === 'nan'
  return {
    signature,
    platform: `scripted_${name}`,
    parallel: Number(parallel),
    elsewhere: true,
    run: async ([input]) => {
      const x = input?.data as Float32Array // as the signature says
      const y = hangs && x.every((value) => value === 0) ? x : await compute(x)
      return [{ name: 'y', datatype: 'FP32', shape: [y.length, 1], data: y } satisfies Tensor]
    },
    close: () => Promise.resolve(),
  }
}

function rawRunner(name: string): ModelRunner {
  const invoke = async ({ body }: RawRequest, signal?: AbortSignal): Promise<RawAnswer> => {
    const headers = { 'content-type': 'text/plain' }
    if (name === 'raw') return { status: 200, headers, body: Buffer.from(`you said ${Buffer.from(body).toString()}`) }
    return { status: 200, headers, body: drip(signal) }
  }
  const none = { inputs: [], outputs: [] }
  return {
    signature: none,
    platform: 'scripted',
    elsewhere: true,
    run: () => Promise.resolve([]),
    invoke,
    close: () => Promise.resolve(),
  }
}

/** Ten pieces, a moment apart, until nobody listens. */
async function* drip(signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  for (let piece = 0; piece < 10; piece += 1) {
    if (signal?.aborted === true) return
    await wait(20)
    yield Buffer.from(`${piece}\n`)
  }
}

/** Speaks what the tests need of a protocol: raw requests, priorities, statistics, management. */
const scripted: PlaneDialect = {
  name: 'scripted',
  match: ({ method, path, query }) => {
    const [, kind, name = ''] = /^\/scripted\/(\w+)(?:\/(.+))?$/.exec(path) ?? []
    if (kind === 'raw' && method === 'POST') {
      return {
        kind: 'predict',
        endpoint: name,
        read: (body, headers) => ({
          raw: { headers: { 'content-type': headers['content-type'] ?? '' }, body },
          write: ({ status, headers: own, body: answer }, { id }) => ({
            status,
            headers: { ...own, 'x-prediction-id': id },
            body: answer,
          }),
        }),
      }
    }
    if (kind === 'x' && method === 'POST') {
      const asked = new URLSearchParams(query)
      const version = asked.get('version')
      return {
        kind: 'predict',
        endpoint: name,
        ...(version === null ? {} : { version }),
        read: (body) => ({
          tensors: [
            { name: 'x', datatype: 'FP32', shape: [1, 1], data: Float32Array.of(Number(Buffer.from(body).toString())) },
          ],
          ...(asked.has('priority') ? { priority: Number(asked.get('priority')) } : {}),
          ...(asked.has('timeoutMs') ? { timeoutMs: Number(asked.get('timeoutMs')) } : {}),
          write: ({ outputs, version: made, id }: PredictResult) => json({ y: outputs[0]?.data[0], version: made, id }),
        }),
      }
    }
    if (kind === 'view') {
      return {
        kind: 'describe',
        answer: (view) => {
          const found = view.endpoint(name)
          return json({ ...found, statistics: found?.statistics() })
        },
      }
    }
    if (kind === 'manage') {
      return {
        kind: 'manage',
        run: async (manager) => {
          await manager.load(name, { force: true })
          return json({ models: await manager.index(), names: manager.view.names })
        },
      }
    }
    return undefined
  },
  refuse: ({ status, sentence, code }) => ({ ...json({ code, sentence }), status }),
}

function json(body: unknown) {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}

/** Writes the spans' names and what began them into a file, in place of a collector. */
async function startTracing(file: string): Promise<Tracing> {
  return {
    span: async (name, { headers }, work) => {
      const made = await work()
      appendFileSync(file, `${name} ${headers === undefined ? '' : String(headers['traceparent'])}\n`)
      return made
    },
    stop: () => Promise.resolve(),
  }
}

startDataPlane({ createRunner, dialects: [scripted], threadEntry: new URL(import.meta.url), startTracing })
