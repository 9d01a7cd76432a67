/** The data plane, for the entry file that composes it with a runtime and dialects, and for those that implement its ports. */
export { startDataPlane } from './plane/start-data-plane.ts'
export type { DataPlaneParts } from './plane/start-data-plane.ts'
export { startModelThread } from './plane/model-thread.ts'
export type {
  DialectCall,
  EndpointView,
  PlaneDialect,
  PlaneView,
  PredictRequest,
  PredictResult,
  WireAnswer,
} from './plane/plane-dialect.ts'
export type { CreateRunner, ModelRunner } from '../model/model-runner.ts'
export {
  bytesOfNumbers,
  bytesPerElement,
  datatypes,
  elementCount,
  isTexts,
  newTensorData,
  numbersOfBytes,
} from '../model/tensor.ts'
export type { Datatype, Signature, Tensor, TensorData, TensorSpec } from '../model/tensor.ts'
