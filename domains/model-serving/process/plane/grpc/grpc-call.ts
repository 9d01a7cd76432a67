import type { ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import type { DialectCall, WireAnswer } from '../plane-dialect.ts'
import type { GrpcMethod, Metadata } from './grpc-service.ts'

/** Who asks, as far as answering needs it. */
export interface GrpcAsker {
  readonly headers: Metadata
  readonly socket: Socket
  readonly workspace: string
  /** `performance.now()` when the call's head arrived. */
  readonly startedAtMs: number
  /** True when nobody waits any more: the caller left, or the deadline passed and was answered. */
  readonly isGone: () => boolean
  /** Calls when nobody waits any more. */
  readonly onGone: (told: () => void) => void
}

/** Answers a dialect's call as the listener does: admission, then prediction, description or management. */
export type AnswerCall = (call: DialectCall, body: Buffer, asker: GrpcAsker) => Promise<WireAnswer> | WireAnswer

/** What the calls of one port have in common. */
export interface GrpcParts {
  readonly answer: AnswerCall
  readonly limitBytes: number
}

/** A call under way. */
export interface GrpcCall extends GrpcParts {
  readonly stream: ServerHttp2Stream
  readonly headers: Metadata
  readonly method: GrpcMethod
  readonly asker: GrpcAsker
}

const unitsMs: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 }

/** Milliseconds of a `grpc-timeout`; undefined when there is none, null when it is none. */
export function timeoutOf(headers: Metadata): number | null | undefined {
  const text = headers['grpc-timeout']
  if (text === undefined) return undefined
  const [, digits, unit = ''] = typeof text === 'string' ? (/^(\d{1,8})([HMSmun])$/.exec(text) ?? []) : []
  return digits === undefined ? null : Number(digits) * (unitsMs[unit] ?? 1)
}

/** The header's only value. */
export function metadataText(headers: Metadata, name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'string' ? value : undefined
}
