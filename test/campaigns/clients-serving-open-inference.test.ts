import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { endServers } from '../journeys/server-process.ts'
import { pythonWith, seenBy } from './clients-serving/python-environment.ts'
import type { ServedFolder } from './clients-serving/served-folder.ts'
import { serveFolder } from './clients-serving/served-folder.ts'

const triton = ['tritonclient[http,grpc]', 'grpcio-health-checking', 'grpcio-reflection', 'onnx']
let folder = ''
let served: ServedFolder
let python = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-clients-'))
  python = await pythonWith(...triton)
  await seenBy(python, 'make_models.py', join(folder, 'models'))
  served = await serveFolder(join(folder, 'models'), join(folder, 'data'))
}, 1_200_000)

afterAll(async () => {
  await endServers()
  await rm(folder, { recursive: true, force: true })
})

const linear = {
  inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 4] }],
  outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 3] }],
}
const says = (words: string): unknown => expect.stringContaining(words)
const containing = (some: readonly string[]): unknown => expect.arrayContaining([...some])
const having = (some: object): unknown => expect.objectContaining(some)
const unknown = says("unknown model: 'nope'")

describe('Triton’s clients, unmodified', () => {
  it('over HTTP: every datatype in every form, described, compressed, refused exactly', async () => {
    expect(await seenBy(python, 'triton_http.py', served.http)).toEqual({
      health: [true, true, true, false],
      metadata: { name: 'linear', versions: ['1'], platform: 'onnx_onnxv1', ...linear },
      config: [
        [{ name: 'x', data_type: 'TYPE_FP32', dims: [4] }],
        [{ name: 'y', data_type: 'TYPE_FP32', dims: [3] }],
        true,
      ],
      index: containing(['echo_bool', 'linear', 'two']),
      wrong: [],
      '8 MB': true,
      classes: [['26:2', '22:1']],
      schedule: [[18, 22, 26]],
      statistics: true,
      refusals: {
        model: [404, unknown],
        version: [404, says('version 9')],
        name: [400, says('no input "z"')],
        datatype: [400, says('INT32')],
        shape: [400, says('[1, 3]')],
        output: [400, says('no output "q"')],
        memory: [501, says('shares no memory')],
        load: [501, says('--model-repository')],
      },
      memory: [[], []],
    })
  })
  it('over gRPC: the same, streams, health and reflection', async () => {
    expect(await seenBy(python, 'triton_grpc.py', served.grpc)).toEqual({
      health: [true, true, true],
      metadata: having({ name: 'linear', versions: ['1'] }),
      config: [{ name: 'x', data_type: 'TYPE_FP32', dims: ['4'] }],
      statistics: 'linear',
      wrong: [],
      '8 MB': [true, true],
      refusals: {
        model: ['StatusCode.NOT_FOUND', unknown],
        name: ['StatusCode.INVALID_ARGUMENT', says('no input "z"')],
        shape: ['StatusCode.INVALID_ARGUMENT', says('[1, 3]')],
        memory: ['StatusCode.UNIMPLEMENTED', says('shares no memory')],
      },
      stream: true,
      'standard health': [1, 1],
      watch: 1,
      services: having({
        'inference.GRPCInferenceService': 20,
        'tensorflow.serving.PredictionService': 5,
        'grpc.health.v1.Health': 2,
        'grpc.reflection.v1.ServerReflection': 1,
        'grpc.reflection.v1alpha.ServerReflection': 1,
      }),
    })
  })
})

describe('KServe’s clients, unmodified', () => {
  it('over REST of both versions and gRPC, with typed and raw contents', async () => {
    const kserve = await pythonWith('kserve')
    const predicted = [[18, 22, 26]]
    expect(await seenBy(kserve, 'kserve_clients.py', served.http, served.grpc)).toEqual({
      v1: [true, { predictions: predicted }],
      v2: [
        [true, true, true],
        [predicted, predicted],
      ],
      grpc: [true, true, true],
      wrong: [],
    })
  })
})

describe('TensorFlow Serving’s stubs, unmodified', () => {
  it('predict with TensorFlow’s tensors, classify, regress, and read status and metadata', async () => {
    const tensorflow = await pythonWith('tensorflow-serving-api')
    expect(await seenBy(tensorflow, 'tensorflow_stubs.py', served.grpc, served.http)).toEqual({
      wrong: [],
      '8 MB': true,
      predict: [{ sum: [4, 6] }, 1],
      status: [[1, 30]],
      signature: [-1, 4],
      'strict JSON': ['serving_default'],
      classify: [
        ['0', 18],
        ['1', 22],
        ['2', 26],
      ],
      regress: [2.5],
      refusals: {
        model: ['NOT_FOUND', unknown],
        missing: ['INVALID_ARGUMENT', says('"x" is missing')],
        dtype: ['INVALID_ARGUMENT', says('INT32')],
        several: ['UNIMPLEMENTED', says('MultiInference')],
      },
    })
  })
})
