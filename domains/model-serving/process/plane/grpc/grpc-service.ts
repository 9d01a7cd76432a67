import type { IncomingHttpHeaders } from 'node:http2'
import type { ProtoSchema } from '../../wire/proto-schema.ts'
import type { DialectCall } from '../plane-dialect.ts'

/** A gRPC service that the data plane offers. It translates, as a `PlaneDialect` does: messages to calls and answers to messages. */
export interface GrpcService {
  /** With its package: `inference.GRPCInferenceService`. */
  readonly name: string
  /** Its messages, for reflection. */
  readonly schema: ProtoSchema
  /** Path of the file in `schema` that the service stands in. */
  readonly file: string
  readonly methods: Readonly<Record<string, GrpcMethod>>
}

/** Headers of a call: gRPC's metadata among them. */
export type Metadata = IncomingHttpHeaders

/**
 * A method. The answer's body is the message, or for streams several; its status and headers are not looked at.
 * What `call` and what it gives throw becomes the call's status.
 */
export interface GrpcMethod {
  /** Full names of the messages: `.inference.ModelInferRequest`. */
  readonly takes: string
  readonly gives: string
  /** `answers`: one message in, any number out. `both`: any number in, each answered on its own, in order. */
  readonly streams?: 'answers' | 'both'
  /** Reads a message. Throws a Problem for whatever is wrong with it. `isGone` says whether the caller has left. */
  call(message: Buffer, metadata: Metadata, isGone: () => boolean): DialectCall
  /** For streams: says no to one message and lets the stream go on; undefined ends the stream with a status. */
  refuse?(refusal: GrpcRefusal, metadata: Metadata): Uint8Array | undefined
}

export interface GrpcRefusal {
  readonly status: number
  readonly sentence: string
  readonly code: string
}
