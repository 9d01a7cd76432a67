import type { IncomingHttpHeaders } from 'node:http'
import type { RawAnswer, RawRequest } from '../../model/model-runner.ts'
import type { ManagedModel, ManageOptions } from '../../model/plane-snapshot.ts'
import type { Signature, Tensor } from '../../model/tensor.ts'
import type { VersionStatistics } from '../../model/version-statistics.ts'

/** An answer as it goes over the wire; a body in pieces is streamed as they come. */
export interface WireAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array | AsyncIterable<string | Uint8Array>
}

/** A prediction asked for: tensors by name, not yet checked against the model. */
export interface PredictRequest {
  readonly tensors: readonly Tensor[]
  /** One event time for all rows, where the caller sent it as a parameter. */
  readonly eventTimeMs?: number
  /** Where the protocol has them: 1 goes first; the request fails with 504 when it has waited longer. */
  readonly priority?: number
  readonly timeoutMs?: number
  /** Writes the answer in the form this request asked for. */
  write(result: PredictResult): WireAnswer
}

/** A request that the model reads itself (`ModelRunner.invoke`). */
export interface RawPrediction {
  readonly raw: RawRequest
  readonly timeoutMs?: number
  write(answer: RawAnswer, made: Omit<PredictResult, 'outputs' | 'rows'>): WireAnswer
}

/** A prediction made. Row i has the prediction id `<id>.<i>`. */
export interface PredictResult {
  readonly id: string
  readonly endpoint: string
  readonly deploymentId: string
  readonly versionId: string
  readonly version: number
  readonly rows: number
  readonly outputs: readonly Tensor[]
}

/** The model that will answer, as far as reading the request needs it. */
export interface AnsweringModel {
  readonly signature: Signature
  readonly platform: string
  /** True when it has `invoke`. */
  readonly takesRaw: boolean
  /** True when tensors are no use to it: it has `invoke` alone. */
  readonly rawOnly: boolean
}

/** An endpoint as dialects describe it. */
export interface EndpointView {
  readonly name: string
  readonly versions: readonly string[]
  readonly ready: boolean
  readonly platform: string
  readonly signature: Signature
  /** Rows in one run at most; 0 when the model cannot batch. */
  readonly maxBatchRows: number
  statistics(): readonly VersionStatistics[]
}

/** What a dialect may say about the whole server. */
export interface PlaneView {
  readonly ready: boolean
  readonly names: readonly string[]
  /** Undefined when there is no such endpoint, or it does not serve that version. */
  endpoint(name: string, version?: string): EndpointView | undefined
}

/** Loads and unloads models for protocols that can (Triton's repository, TorchServe's and SageMaker's management). */
export interface ModelManager {
  readonly view: PlaneView
  /** All models it could serve, loaded or not. */
  index(): Promise<readonly ManagedModel[]>
  /** Loads, or loads again. Rejects with a Problem: `unknown-endpoint`, `model-unusable`, `cannot-manage`. */
  load(name: string, options: ManageOptions): Promise<void>
  unload(name: string, options: ManageOptions): Promise<void>
  /** Makes a model from a file or address that this server may read, and loads it. */
  register(name: string, location: string, options: ManageOptions): Promise<void>
}

/** A prediction of an endpoint that the request's path names. */
export interface PredictCall {
  readonly kind: 'predict'
  readonly endpoint: string
  readonly version?: string
  /** Where the path names it; else the default workspace. */
  readonly workspace?: string
  /** Reads the body. Throws a Problem with status 400 for whatever is wrong with it. */
  read(body: Uint8Array, headers: IncomingHttpHeaders, model: AnsweringModel): PredictRequest | RawPrediction
}

/** What a request is to a dialect: a prediction, a question answered from what the plane knows, or an order to load. */
export type DialectCall =
  | PredictCall
  | {
      /** A prediction of an endpoint that the body names. */
      readonly kind: 'choose'
      /** Throws a Problem with status 400 or 404 where the body names none. */
      choose(body: Uint8Array, view: PlaneView): PredictCall
    }
  | { readonly kind: 'describe'; answer(view: PlaneView): WireAnswer }
  | {
      readonly kind: 'manage'
      run(manager: ModelManager, body: Uint8Array, headers: IncomingHttpHeaders): Promise<WireAnswer>
    }

/** What of a request decides whether it is a dialect's. */
export interface RequestHead {
  readonly method: string
  /** Without query, its parts still URL-encoded. */
  readonly path: string
  readonly query: string
  readonly headers: IncomingHttpHeaders
}

/** A protocol that the data plane speaks. It translates; what a prediction is, is the plane's matter. */
export interface PlaneDialect {
  readonly name: string
  /** Undefined when the request is not this dialect's. */
  match(head: RequestHead): DialectCall | undefined
  /** Says no in the dialect's form. */
  refuse(refusal: { readonly status: number; readonly sentence: string; readonly code: string }): WireAnswer
}
