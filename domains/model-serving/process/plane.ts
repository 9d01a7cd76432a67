/** The data plane, for the entry file that composes it with a runtime and dialects, and for those that implement its ports. */
export { startDataPlane } from './plane/start-data-plane.ts'
export type { DataPlaneParts } from './plane/start-data-plane.ts'
export { startModelThread } from './plane/models/model-thread.ts'
export type {
  AnsweringModel,
  DialectCall,
  PredictCall,
  EndpointView,
  ModelManager,
  PlaneDialect,
  PlaneView,
  PredictRequest,
  PredictResult,
  RawPrediction,
  RequestHead,
  WireAnswer,
} from './plane/plane-dialect.ts'
export type { ManagedModel, ManageOptions } from '../model/plane-snapshot.ts'
export type { CreateRunner, ModelRunner, RawAnswer, RawRequest } from '../model/model-runner.ts'
export type {
  GraphSource,
  ModelSource,
  ModuleSource,
  OnnxSource,
  PythonSource,
  RemoteSource,
} from '../model/model-source.ts'
export {
  bytesOfNumbers,
  bytesPerElement,
  datatypes,
  elementCount,
  isTexts,
  newTensorData,
  numbersOfBytes,
  rowWidth,
} from '../model/tensor.ts'
export type { CountAndTime, VersionStatistics } from '../model/version-statistics.ts'
export type { Datatype, Signature, Tensor, TensorData, TensorSpec } from '../model/tensor.ts'
