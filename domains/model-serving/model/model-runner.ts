import type { ModelSource } from './model-source.ts'
import type { Signature, Tensor } from './tensor.ts'

/** A loaded model. Implemented by adapters (onnxruntime, Python workers, …); the data plane knows nothing of files and formats. */
export interface ModelRunner {
  /** Empty on both sides for a model that answers in its own form alone (`invoke`). */
  readonly signature: Signature
  /** Name of the format, as Open Inference's `platform` says it: `onnx_onnxv1`. */
  readonly platform: string
  /** Runs that may be under way at once; 1 where absent. */
  readonly parallel?: number
  /** True when runs compute elsewhere (a worker process, another server) and never hold up the calling thread. */
  readonly elsewhere?: boolean
  /** Computes all outputs. Inputs come in the signature's order and fit it. Rejects with the runtime's own sentence. */
  run(inputs: readonly Tensor[]): Promise<readonly Tensor[]>
  /** Answers a request in the model's own form: custom handlers, services, text models. Rejects as `run` does. */
  invoke?(request: RawRequest, signal?: AbortSignal): Promise<RawAnswer>
  close(): Promise<void>
}

/** A request that is the model's to read. */
export interface RawRequest {
  /** Where a model has several: the method's or route's name. */
  readonly route?: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** The model's own answer; `body` comes in pieces where the model streams. */
export interface RawAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | AsyncIterable<Uint8Array>
}

/** Loads a model. Rejects with a sentence when it cannot be used. */
export type CreateRunner<S extends ModelSource = ModelSource> = (source: S) => Promise<ModelRunner>
