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
export { packageFolders as nodePackages } from '@millrace/adapter-onnx-runtime'
