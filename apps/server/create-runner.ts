import { createOnnxRunner } from '@millrace/adapter-onnx-runtime'
import type { CreateRunner } from '@millrace/model-serving/plane'

/** Loads a model with the adapter of its format. */
export const createRunner: CreateRunner = (source) => {
  if (source.format === 'onnx') return createOnnxRunner(source)
  return Promise.reject(new Error(`this server has no runtime for the format ${source.format}`))
}
