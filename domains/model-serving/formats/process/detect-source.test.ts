import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { detectSource } from './detect-source.ts'

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-format-'))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return folder
}

const options = { trusted: true, pythonFor: () => Promise.resolve('/python') }
const kserve = `kind: InferenceService
metadata: { name: a }
spec: { predictor: { model: { modelFormat: { name: sklearn }, storageUri: ./files } } }
`
const older = `kind: InferenceService
metadata: { name: a }
spec: { predictor: { sklearn: { storageUri: ./files } } }
`
const seldon1 = `kind: SeldonDeployment
metadata: { name: a }
spec: { predictors: [{ graph: { name: m, implementation: SKLEARN_SERVER, modelUri: ./files } }] }
`
const seldon2 = `apiVersion: mlops.seldon.io/v1alpha1
kind: Model
metadata: { name: a }
spec: { storageUri: ./files, requirements: [sklearn] }
`
const mlserver = '{"implementation":"mlserver_sklearn.SKLearnModel","parameters":{"uri":"./model.joblib"}}'
const onnxFlavor = 'flavors:\n  onnx: { data: model.onnx }\n  python_function: {}\n'

describe('what a folder holds', () => {
  it.each<[string, Record<string, string>, string, string]>([
    ['an ONNX file', { 'model.onnx': '' }, 'onnx', 'model.onnx'],
    ['a model of MLflow', { MLmodel: 'flavors: { sklearn: {} }' }, 'mlflow', ''],
    ['an ONNX model of MLflow', { MLmodel: onnxFlavor, 'model.onnx': '' }, 'onnx', 'model.onnx'],
    ['a pickle', { 'model.pkl': '', 'requirements.txt': '' }, 'pickle', 'model.pkl'],
    ['the model among helpers', { 'model.joblib': '', 'encoder.joblib': '' }, 'pickle', 'model.joblib'],
    ['an archive of TorchServe', { 'echo.mar': '' }, 'torchserve', 'echo.mar'],
    ['a SavedModel', { 'saved_model.pb': '' }, 'tensorflow', ''],
    ['versions of TensorFlow Serving', { '1/saved_model.pb': '', '12/saved_model.pb': '' }, 'tensorflow', '12'],
    [
      'a model of Triton',
      { 'config.pbtxt': 'name: "a"', '1/model.onnx': '', '2/model.onnx': '' },
      'onnx',
      '2/model.onnx',
    ],
    [
      'a model of Triton without configuration',
      { '3/model.savedmodel/saved_model.pb': '' },
      'tensorflow',
      '3/model.savedmodel',
    ],
    ['a model of MLServer', { 'model-settings.json': mlserver, 'model.joblib': '' }, 'pickle', 'model.joblib'],
    ['an InferenceService', { 'a.yaml': kserve, 'files/model.pkl': '' }, 'pickle', 'files/model.pkl'],
    ['an older InferenceService', { 'a.yaml': older, 'files/model.pkl': '' }, 'pickle', 'files/model.pkl'],
    ['a SeldonDeployment', { 'a.yaml': seldon1, 'files/model.joblib': '' }, 'pickle', 'files/model.joblib'],
    ['a Model of Seldon 2', { 'a.yaml': seldon2, 'files/model.onnx': '' }, 'onnx', 'files/model.onnx'],
    ['a module', { 'model.mjs': '' }, 'module', 'model.mjs'],
    ['a service of BentoML', { 'bentofile.yaml': 'service: service:Svc', 'service.py': '' }, 'bentoml', ''],
  ])('is %s', async (_what, files, kind, path) => {
    const folder = folderWith(files)
    const source = await detectSource(folder, options)
    expect(source.format === 'python' ? source.loader : source.format).toBe(kind)
    expect('path' in source ? source.path : '').toBe(path === '' ? folder : join(folder, path))
  })

  it('is a model behind another server, where whoever runs this one says so', async () => {
    const text = 'url: http://127.0.0.1:9000\nprotocol: open-inference\nmodel: iris\n'
    const folder = folderWith({ 'remote-model.yaml': text })
    const remote = { format: 'remote', url: 'http://127.0.0.1:9000', protocol: 'open-inference', model: 'iris' }
    expect(await detectSource(folder, options)).toEqual(remote)
    await expect(detectSource(folder, { ...options, trusted: false })).rejects.toThrow('no model that can be served')
  })

  it.each<[string, Record<string, string>, string]>([
    ['nothing', {}, 'it is empty'],
    ['no model', { 'notes.txt': '' }, 'none of its files is a model'],
    ['several models', { 'a.onnx': '', 'b.onnx': '' }, 'several models (a.onnx, b.onnx)'],
    [
      'a model elsewhere',
      { 'a.yaml': kserve.replace('./files', 's3://bucket/x') },
      's3://bucket/x, which is not on this machine',
    ],
    ['a Python model of Triton', { 'config.pbtxt': 'backend: "python"', '1/model.py': '' }, 'runs in Triton alone'],
    ['a broken configuration', { 'config.pbtxt': '}', '1/model.onnx': '' }, 'line 1 is no protobuf text'],
    ['a manifest that points to itself', { 'a.yaml': kserve.replace('./files', '.') }, 'point to one another'],
  ])('is refused with a sentence when it is %s', async (_what, files, sentence) => {
    await expect(detectSource(folderWith(files), options)).rejects.toThrow(sentence)
  })

  it('may not point outside itself when nobody vouches for it', async () => {
    const folder = folderWith({ 'a/a.yaml': kserve.replace('./files', '../secret'), 'secret/model.pkl': '' })
    await expect(detectSource(join(folder, 'a'), { ...options, trusted: false })).rejects.toThrow('outside itself')
  })
})
