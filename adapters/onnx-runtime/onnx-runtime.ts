/** Runs ONNX models in this process through onnxruntime, one thread per run. Implements model-serving's `CreateRunner`. */
export { createOnnxRunner } from './create-onnx-runner.ts'
export { onnxProblem } from './onnx-problem.ts'
export { packageFolders } from './package-folders.ts'
