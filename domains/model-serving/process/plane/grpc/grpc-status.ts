import type { OutgoingHttpHeaders } from 'node:http2'
import { Problem } from '@millrace/contract'
import { planeProblem } from '../plane-problems.ts'

/** Codes of gRPC calls (https://grpc.io/docs/guides/status-codes). */
export const grpcCode = {
  ok: 0,
  cancelled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  aborted: 10,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const

const codes: Readonly<Record<number, number>> = {
  400: grpcCode.invalidArgument,
  401: grpcCode.unauthenticated,
  403: grpcCode.permissionDenied,
  404: grpcCode.notFound,
  408: grpcCode.deadlineExceeded,
  409: grpcCode.aborted,
  412: grpcCode.failedPrecondition,
  413: grpcCode.resourceExhausted,
  422: grpcCode.invalidArgument,
  429: grpcCode.resourceExhausted,
  499: grpcCode.cancelled,
  500: grpcCode.internal,
  501: grpcCode.unimplemented,
  503: grpcCode.unavailable,
  504: grpcCode.deadlineExceeded,
}

/** How a call ended badly. */
export interface GrpcFailure {
  readonly code: number
  readonly sentence: string
  /** The Problem's own code; it goes along as `millrace-code`. */
  readonly problem?: string
}

/** The failure that an error stands for; what is no Problem is written to the log and said to be internal. */
export function failureOf(error: unknown): GrpcFailure {
  const problem = error instanceof Problem ? error : planeProblem.internal({}, error)
  if (problem.status === 500) logCause(problem)
  return {
    code: codes[problem.status] ?? (problem.status < 500 ? grpcCode.failedPrecondition : grpcCode.unknown),
    sentence: problem.message,
    problem: problem.code,
  }
}

function logCause({ message, cause }: Problem): void {
  const reason = cause instanceof Error ? cause.message : ''
  process.stderr.write(
    `${JSON.stringify({ message: 'a prediction failed', 'error.message': message, 'error.cause': reason })}\n`,
  )
}

/** The trailers of a call that ended badly. */
export function trailersOf({ code, sentence, problem }: GrpcFailure): OutgoingHttpHeaders {
  return {
    'grpc-status': String(code),
    'grpc-message': percentEncode(sentence),
    ...(problem === undefined ? {} : { 'millrace-code': problem }),
  }
}

/** As `grpc-message` carries text: printable ASCII but `%`, everything else as the percent-encoded bytes of its UTF-8. */
export function percentEncode(sentence: string): string {
  let encoded = ''
  for (const byte of Buffer.from(sentence, 'utf8')) {
    const plain = byte >= 0x20 && byte <= 0x7e && byte !== 0x25
    encoded += plain ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return encoded
}
