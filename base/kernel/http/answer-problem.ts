import { Problem } from '@millrace/contract'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { kernelProblem } from '../actions/kernel-problems.ts'
import { postgresStorageProblem } from '../db/storage-problem.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { pageHeader } from './browser-safety.ts'

/** Answers with `application/problem+json` (RFC 9457): the sentence in `detail`, our code in `code`. */
export async function sendProblem(
  runtime: Runtime,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const problem = asProblem(error, request, runtime)
  if (problem.status >= 500 && problem.code === kernelProblem.internal.code) {
    runtime.log.error({ err: error, 'http.request.id': request.id, url: { path: request.url } }, 'a request failed')
  }
  return reply
    .code(problem.status)
    .headers(headersOf(problem, request))
    .type('application/problem+json')
    .send(problemBody(problem, request.id))
}

function headersOf({ status, params }: Problem, request: FastifyRequest): Record<string, string> {
  if (status === 429) return { 'retry-after': Number(params['retryAfterSeconds'] ?? 1).toFixed(0) }
  if (status === 503) return { 'retry-after': '1' }
  if (status !== 401) return {}
  // A browser asks for a name and a password by itself when it is told to; our pages have a form of their own.
  const fromOurPage = request.headers[pageHeader] !== undefined
  return { 'www-authenticate': fromOurPage ? 'Bearer' : 'Basic realm="Millrace", Bearer' }
}

/** The body of a problem's answer. */
export function problemBody(problem: Problem, requestId: string): Record<string, unknown> {
  return {
    type: `https://millrace.dev/problems/${problem.code}`,
    title: problem.code.replace('/', ': ').replaceAll('-', ' '),
    status: problem.status,
    detail: problem.message,
    code: problem.code,
    requestId,
    ...problem.params,
  }
}

/** The problem behind any error: ours as it is, Fastify's by its code, everything else `kernel/internal`. */
export function asProblem(error: unknown, request: FastifyRequest, runtime: Runtime): Problem {
  if (error instanceof Problem) return error
  const known = fastifyProblems[codeOf(error)]?.(request, runtime)
  return (
    known ??
    clientError(error) ??
    unstorable(error) ??
    tooDeep(error, request) ??
    kernelProblem.internal({ requestId: request.id }, error)
  )
}

const emptyBody = () => kernelProblem['malformed-json']({ reason: 'it is empty or shorter than announced' })

const fastifyProblems: Readonly<Record<string, (request: FastifyRequest, runtime: Runtime) => Problem>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: (request, runtime) =>
    kernelProblem['body-too-large']({
      limitBytes: request.routeOptions.bodyLimit ?? runtime.config.bodyLimitMb * 1024 * 1024,
    }),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: (request) =>
    kernelProblem['unsupported-media-type']({ got: request.headers['content-type'] ?? 'none' }),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: emptyBody,
  FST_ERR_CTP_EMPTY_JSON_BODY: emptyBody,
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
}

/** Errors of the connection and of Fastify's own checks carry a status below 500. */
function clientError(error: unknown): Problem | undefined {
  if (!(error instanceof Error) || !('statusCode' in error) || typeof error.statusCode !== 'number') return undefined
  if (error.statusCode < 400 || error.statusCode >= 500) return undefined
  return kernelProblem['invalid-input']({ what: error.message })
}

const usualDepth = 200

/** A stack that overflows on a body which is nested beyond all use is the body's fault. Looked at only then: it costs. */
function tooDeep(error: unknown, request: FastifyRequest): Problem | undefined {
  if (!(error instanceof RangeError) || !isDeeperThan(usualDepth, request.body)) return undefined
  return kernelProblem['malformed-json']({ reason: `it is nested more than ${usualDepth} levels deep` }, error)
}

function isDeeperThan(depth: number, value: unknown): boolean {
  let level: unknown[] = [value]
  for (let at = 0; at <= depth; at += 1) {
    level = level.flatMap((one) =>
      typeof one === 'object' && one !== null ? Object.values(one as Record<string, unknown>) : [],
    )
    if (level.length === 0) return false
  }
  return true
}

/** PostgreSQL refuses some characters also in what is only looked for. */
function unstorable(error: unknown): Problem | undefined {
  const problem = postgresStorageProblem(error)
  return problem instanceof Problem && problem.status < 500 ? problem : undefined
}
