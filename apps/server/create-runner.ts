import { createModuleRunner } from '@millrace/adapter-javascript-module'
import { createOnnxRunner } from '@millrace/adapter-onnx-runtime'
import { createPythonRunner } from '@millrace/adapter-python-worker'
import { createRemoteRunner } from '@millrace/adapter-remote-model'
import type { CreateRunner } from '@millrace/model-serving/plane'

/** Loads a model with the adapter of its format. */
export const createRunner: CreateRunner = (source) => {
  switch (source.format) {
    case 'onnx':
      return createOnnxRunner(source)
    case 'python':
      return createPythonRunner(source)
    case 'module':
      return createModuleRunner(source)
    case 'remote':
      return createRemoteRunner(source)
    default:
      return Promise.reject(new Error(`this server has no runtime for the format ${source.format}`))
  }
}
