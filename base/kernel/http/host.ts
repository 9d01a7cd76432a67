import { readFileSync } from 'node:fs'
import type { Endpoint } from '@millrace/contract'
import type { FastifyInstance, FastifyServerOptions } from 'fastify'
import { fastify } from 'fastify'
import type { AnyOperation } from '../actions/action.ts'
import { kernelProblem } from '../actions/kernel-problems.ts'
import { configProblem } from '../config/config.ts'
import type { Domain } from '../runtime/domain.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { limitBodyTime } from './body-deadline.ts'
import { requireAllowedHost, requireOwnOrigin } from './browser-safety.ts'
import { sendProblem } from './answer-problem.ts'
import { answerOtherOrigins } from './cross-origin.ts'
import { parseJsonBody } from './json-body.ts'
import { routeLiveEvents } from './live-events.ts'
import { openApiOf } from './openapi.ts'
import { routeOperation } from './route-operation.ts'

export interface HttpHostOptions {
  readonly runtime: Runtime
  readonly domains: readonly Domain[]
  /** The kernel's own operations. */
  readonly operations: readonly AnyOperation[]
}

/** Makes the control port: operations of all domains under `/api/millrace/v1`, their special routes, health, metrics, live events. */
export async function createHttpHost(options: HttpHostOptions): Promise<FastifyInstance> {
  const { runtime, domains } = options
  const app: FastifyInstance = fastify(serverOptions(runtime))
  app.setErrorHandler((error, request, reply) => sendProblem(runtime, error, request, reply))
  app.setNotFoundHandler((request) => {
    throw kernelProblem['no-such-address']({ method: request.method, path: request.url.split('?')[0] ?? '' })
  })
  app.addHook('onRequest', async (request, reply) => {
    void reply.header('x-request-id', request.id)
    requireAllowedHost(runtime.config, request)
    requireOwnOrigin(runtime.config, request)
  })
  app.addHook('onResponse', async (request, reply) => {
    const labels = {
      method: request.method,
      route: request.routeOptions.url ?? 'none',
      status: String(reply.statusCode),
    }
    runtime.metrics.httpDuration.observe(labels, reply.elapsedTime / 1000)
  })
  answerOtherOrigins(app, runtime.config)
  limitBodyTime(app, runtime.config.requestTimeoutMs)
  parseJsonBody(app)
  const operations = [...options.operations, ...domains.flatMap((domain) => domain.operations)]
  await app.register(async (root) => registerAll(root, options, operations), { prefix: runtime.config.basePath })
  return app
}

async function registerAll(
  app: FastifyInstance,
  options: HttpHostOptions,
  operations: readonly AnyOperation[],
): Promise<void> {
  const { runtime, domains } = options
  for (const operation of operations) routeOperation(app, runtime, operation)
  routeHealth(app, runtime)
  routeLiveEvents(app, runtime)
  const documented = operations.map(({ endpoint }) => endpoint as Endpoint) // a list of operations has lost their types
  for (const domain of domains) documented.push(...(domain.documented ?? []))
  let openApi: unknown
  app.get('/api/millrace/v1/openapi.json', async () => (openApi ??= openApiOf(documented, runtime.config.basePath)))
  for (const domain of domains) {
    const { routes } = domain
    if (routes !== undefined) await app.register(async (scoped) => routes(scoped))
  }
}

function routeHealth(app: FastifyInstance, runtime: Runtime): void {
  const ok = async () => 'OK'
  app.get('/health', ok)
  app.get('/livez', ok)
  app.get('/readyz', ok)
  app.get('/metrics', async (_request, reply) => {
    void reply.type(runtime.metrics.registry.contentType)
    return runtime.metrics.registry.metrics()
  })
}

function serverOptions(runtime: Runtime): FastifyServerOptions {
  const { config } = runtime
  const tls = tlsOptions(config.tlsCert, config.tlsKey)
  return {
    logger: false,
    bodyLimit: config.bodyLimitMb * 1024 * 1024,
    // Bodies have a deadline of their own, which a stream can lift.
    requestTimeout: 0,
    connectionTimeout: 0,
    keepAliveTimeout: 72_000,
    trustProxy: config.trustProxy,
    genReqId: () => runtime.newId('req'),
    forceCloseConnections: 'idle',
    // A client whose address of this server ends with a slash asks for //api.
    routerOptions: { maxParamLength: 1024, ignoreTrailingSlash: false, ignoreDuplicateSlashes: true },
    return503OnClosing: true,
    // An address that is no valid URL fails before a handler is found.
    frameworkErrors: (error, request, reply) => void sendProblem(runtime, error, request, reply),
    ...(tls === undefined ? {} : { https: tls }),
  }
}

function tlsOptions(
  certPath: string | undefined,
  keyPath: string | undefined,
): { cert: Buffer; key: Buffer } | undefined {
  if (certPath === undefined && keyPath === undefined) return undefined
  if (certPath === undefined || keyPath === undefined) {
    const setting = certPath === undefined ? '--tls-cert' : '--tls-key'
    throw configProblem.invalid({ setting, source: 'flag', reason: 'the certificate and its key are needed together' })
  }
  return { cert: readFileSync(certPath), key: readFileSync(keyPath) }
}
