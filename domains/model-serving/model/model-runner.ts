import type { Signature, Tensor } from './tensor.ts'

/** A loaded model. Implemented by adapters (onnxruntime); the data plane knows nothing of files and formats. */
export interface ModelRunner {
  readonly signature: Signature
  /** Name of the format, as Open Inference's `platform` says it: `onnx_onnxv1`. */
  readonly platform: string
  /** Computes all outputs. Inputs come in the signature's order and fit it. Rejects with the runtime's own sentence. */
  run(inputs: readonly Tensor[]): Promise<readonly Tensor[]>
  close(): Promise<void>
}

/** Loads the model at a path of this machine. Rejects with a sentence when it cannot be used. */
export type CreateRunner = (path: string) => Promise<ModelRunner>
