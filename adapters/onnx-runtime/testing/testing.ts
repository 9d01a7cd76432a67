/** For tests alone: ONNX files small enough to read. */
export { mlpModel } from './mlp-model.ts'
export { tinyModel } from './tiny-model.ts'
export type { TinyModel } from './tiny-model.ts'
