import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What edge bundles and images need of this server. */
export {
  buildImage,
  checkImage,
  compareOutputs,
  endpointHashOf,
  exportEdge,
  quantizeInt8,
  syntheticRows,
} from '@millrace/model-serving/edge'
export { createRunner } from './create-runner.ts'

/** The folders of the npm packages that a bundle for Node takes along. */
export function nodePackages(): { node: string; common: string } {
  const adapter = createRequire(fileURLToPath(import.meta.resolve('@millrace/adapter-onnx-runtime')))
  const node = adapter.resolve('onnxruntime-node/package.json')
  return { node: dirname(node), common: dirname(dirname(dirname(createRequire(node).resolve('onnxruntime-common')))) }
}
