import { problem as trackingProblem } from '@millrace/experiment-tracking/contract'
import type { CallContext, Domain, Runtime } from '@millrace/kernel'
import { asProblem } from '@millrace/kernel'
import { logForeignSpans } from '@millrace/traces'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { decodeJson } from './decode-json.ts'
import { decodeProtobuf } from './decode-protobuf.ts'
import type { DecodedBatch } from './decoded-batch.ts'
import { bad } from './decoded-batch.ts'
import { encodePartialSuccess } from './encode-response.ts'
import { otlpProblem } from './otlp-problem.ts'
import { unpackBody } from './unpack-body.ts'

/** OpenTelemetry's protocol for spans, on the actions of `traces`. It has no tables and no operations of its own. */
export function createOtlpDialect(runtime: Runtime): Domain {
  return { name: 'otlp', migrations: {}, operations: [], routes: (app) => takeSpans(app, runtime) }
}

function takeSpans(app: FastifyInstance, runtime: Runtime): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  app.setErrorHandler((error, request, reply) => sendError(runtime, error, request, reply))
  app.post('/v1/traces', (request, reply) => takeBatch(runtime, request, reply))
}

async function takeBatch(runtime: Runtime, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const type = typeOf(request)
  const experiment = headerOf(request, 'x-mlflow-experiment-id')
  if (experiment === undefined) throw otlpProblem['no-experiment']({})
  const context = await contextOf(runtime, request)
  const body = await unpackBody(bodyOf(request), request.headers['content-encoding'])
  const batch = decode(type, body)
  const runId = headerOf(request, 'x-mlflow-run-id')
  const { spans } = batch
  if (spans.length > 0) {
    const experimentId = experimentNumber(experiment)
    await logForeignSpans(runtime, context, { experimentId, spans, ...(runId === undefined ? {} : { runId }) })
  }
  return answer(reply, type, batch)
}

function typeOf({ headers }: FastifyRequest): string {
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase()
  if (type === 'application/x-protobuf' || type === 'application/json') return type
  throw otlpProblem['bad-content-type']({ got: headers['content-type'] ?? 'none' })
}

/** The spans of a request, of which at least one can be stored, or which holds none. */
function decode(type: string, body: Buffer): DecodedBatch {
  const batch = type === 'application/json' ? decodeJson(body) : decodeProtobuf(body)
  if (!batch.hasResources) throw bad('no spans found')
  if (batch.spans.length === 0 && batch.rejected > 0) throw otlpProblem['no-span']({ reason: batch.reason })
  return batch
}

function bodyOf({ body }: FastifyRequest): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0)
}

function headerOf({ headers }: FastifyRequest, name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}

function experimentNumber(id: string): string {
  if (/^\d{1,15}$/.test(id)) return id
  throw otlpProblem['bad-experiment']({
    reason: `Invalid experiment ID '${id.slice(0, 100)}'. Experiment ID must be a valid integer.`,
  })
}

/** Who sends: the workspace is in MLflow's header, else `default`. */
async function contextOf(runtime: Runtime, request: FastifyRequest): Promise<CallContext> {
  const actor = await runtime.authenticate({ headers: request.headers, remoteAddress: request.ip })
  return { actor, workspace: headerOf(request, 'x-mlflow-workspace') ?? 'default', requestId: request.id }
}

/** In the form in which the spans came. */
function answer(reply: FastifyReply, type: string, { rejected, reason }: DecodedBatch): FastifyReply {
  const message = `${rejected} spans were not stored; of the first: ${reason}.`
  if (type === 'application/json') {
    const partialSuccess = { rejectedSpans: String(rejected), errorMessage: message }
    return reply.send(rejected === 0 ? {} : { partialSuccess })
  }
  return reply
    .type('application/x-protobuf')
    .send(rejected === 0 ? Buffer.alloc(0) : encodePartialSuccess(rejected, message))
}

/** MLflow's words for an error's class; its client reads them. */
const codes: Readonly<Record<number, string>> = {
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'RESOURCE_DOES_NOT_EXIST',
  409: 'INVALID_PARAMETER_VALUE',
  503: 'TEMPORARILY_UNAVAILABLE',
}

/** Errors as JSON that reads for both: OTLP's `message`, MLflow's `error_code` and `detail`. */
function sendError(runtime: Runtime, error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = asProblem(error, request, runtime)
  if (problem.status >= 500)
    runtime.log.error(
      { err: error, 'http.request.id': request.id, url: { path: request.url } },
      'spans were not stored',
    )
  // An experiment that is deleted stays deleted: exporters must not try again.
  const status = problem.status === 409 ? 400 : problem.status
  const unknownExperiment = problem.code === trackingProblem['experiment-not-found'].code
  const message = unknownExperiment
    ? `No Experiment with id=${headerOf(request, 'x-mlflow-experiment-id') ?? ''} exists`
    : problem.message
  const code = codes[problem.status] ?? (status >= 500 ? 'INTERNAL_ERROR' : 'INVALID_PARAMETER_VALUE')
  return reply.code(status).type('application/json; charset=utf-8').send({ error_code: code, message, detail: message })
}
