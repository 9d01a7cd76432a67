import type { IncomingHttpHeaders } from 'node:http'
import type { Signature, Tensor } from '../../model/tensor.ts'

/** An answer as it goes over the wire. */
export interface WireAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
}

/** A prediction asked for: tensors by name, not yet checked against the model. */
export interface PredictRequest {
  readonly tensors: readonly Tensor[]
  /** One event time for all rows, where the caller sent it as a parameter. */
  readonly eventTimeMs?: number
  /** Writes the answer in the form this request asked for. */
  write(result: PredictResult): WireAnswer
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

/** An endpoint as dialects describe it. */
export interface EndpointView {
  readonly name: string
  readonly versions: readonly string[]
  readonly ready: boolean
  readonly platform: string
  readonly signature: Signature
}

/** What a dialect may say about the whole server. */
export interface PlaneView {
  readonly ready: boolean
  readonly names: readonly string[]
  /** Undefined when there is no such endpoint, or it does not serve that version. */
  endpoint(name: string, version?: string): EndpointView | undefined
}

/** What a request is to a dialect: a prediction, or a question answered from what the plane knows. */
export type DialectCall =
  | {
      readonly kind: 'predict'
      readonly endpoint: string
      readonly version?: string
      /** Where the path names it; else the default workspace. */
      readonly workspace?: string
      /** Reads the body. Throws a Problem with status 400 for whatever is wrong with it. */
      read(body: Uint8Array, headers: IncomingHttpHeaders, signature: Signature): PredictRequest
    }
  | { readonly kind: 'describe'; answer(view: PlaneView): WireAnswer }

/** A protocol that the data plane speaks. It translates; what a prediction is, is the plane's matter. */
export interface PlaneDialect {
  readonly name: string
  /** Undefined when the path is not this dialect's. `path` is without query, its parts still URL-encoded. */
  match(method: string, path: string): DialectCall | undefined
  /** Says no in the dialect's form. */
  refuse(refusal: { readonly status: number; readonly sentence: string; readonly code: string }): WireAnswer
}
