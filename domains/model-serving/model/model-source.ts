/** What a data-plane process needs to run a model: its format, where it lies on this machine, and how it is to be run. */
export type ModelSource = OnnxSource | PythonSource | ModuleSource | RemoteSource | GraphSource

/** An ONNX file, run in the data plane by onnxruntime. */
export interface OnnxSource {
  readonly format: 'onnx'
  readonly path: string
  readonly device?: 'cpu' | 'cuda'
}

/** A model that Python runs in a supervised worker process of its own. */
export interface PythonSource {
  readonly format: 'python'
  /** The file or folder that the loader takes. */
  readonly path: string
  /** How the worker loads it: an MLflow folder, a pickle or joblib file, a TorchServe archive, a SavedModel, a BentoML service. */
  readonly loader: 'mlflow' | 'pickle' | 'torchserve' | 'tensorflow' | 'bentoml'
  /** The interpreter of the environment that holds the model's requirements. */
  readonly python: string
  /** False puts the worker into the sandbox before the first unpickle. */
  readonly trusted: boolean
  /** Worker processes. */
  readonly workers?: number
  /** Resident memory at which a worker is replaced. */
  readonly memoryLimitMb?: number
  /** A run that takes longer counts as hung: its worker is killed. */
  readonly runTimeoutMs?: number
  readonly allowNetwork?: boolean
  /** Environment variables for the worker; it has none besides. */
  readonly environment?: Readonly<Record<string, string>>
}

/** A JavaScript or TypeScript module that exports `predict`. */
export interface ModuleSource {
  readonly format: 'module'
  readonly path: string
  readonly trusted: boolean
}

/** A model behind another server, asked through its protocol. */
export interface RemoteSource {
  readonly format: 'remote'
  readonly url: string
  readonly protocol: 'open-inference' | 'tensorflow-serving' | 'openai'
  readonly model: string
  readonly timeoutMs?: number
  readonly headers?: Readonly<Record<string, string>>
}

/** Several models as one: see `model-graph.ts`. */
export interface GraphSource {
  readonly format: 'graph'
  /** A `millrace-graph.yaml` or an imported InferenceGraph, whose steps name models. */
  readonly path: string
  readonly steps: Readonly<Record<string, ModelSource>>
}
