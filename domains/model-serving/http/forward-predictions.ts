import type { IncomingMessage, RequestOptions } from 'node:http'
import { Agent, request as startRequest } from 'node:http'
import { ref } from '@millrace/contract'
import type { Runtime } from '@millrace/kernel'
import { callContextOf, kernelProblem } from '@millrace/kernel'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { servingProblem } from '../contract.ts'
import { forwardHeader } from '../model/plane-snapshot.ts'
import type { ServingControl } from '../process/control/serving-control.ts'

const forwarded = [
  '/v2',
  '/v2/*',
  '/w/:workspace/v2/*',
  '/v1/models',
  '/v1/models/*',
  '/w/:workspace/v1/models',
  '/w/:workspace/v1/models/*',
  '/api/millrace/v1/w/:workspace/endpoints/:name/predict',
]

/** Passes predictions that come to control's port on to the data plane, so that one address does everything. */
export async function forwardPredictions(
  app: FastifyInstance,
  runtime: Runtime,
  control: ServingControl,
): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 })
  app.addHook('onClose', async () => agent.destroy())
  await app.register(async (scoped) => {
    // The body goes through as it comes, whatever its type.
    scoped.removeAllContentTypeParsers()
    scoped.addContentTypeParser('*', (_request, _payload, done) => done(null))
    for (const url of forwarded) {
      scoped.route({
        method: ['GET', 'POST'],
        url,
        handler: async (request, reply) => {
          const context = await callContextOf(runtime, request)
          const name = endpointIn(request)
          const on = name === undefined ? ref('workspace', context.workspace) : ref('endpoint', name)
          await runtime.authorize(runtime.runner.readScope(context), 'model-serving:predict', on)
          return forward(runtime, control, agent, request, reply)
        },
      })
    }
  })
}

/** The endpoint that an address names, as `/endpoints/{name}/…` or as `/v2/models/{name}/…`, `/v1/models/{name}:predict`. */
function endpointIn({ params, url }: FastifyRequest): string | undefined {
  const { name } = params as { name?: string } // the routes' own parameter
  return name ?? /\/v[12]\/models\/([^/:?]+)/.exec(url)?.[1]
}

async function forward(
  runtime: Runtime,
  control: ServingControl,
  agent: Agent,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const port = control.fleet.port()
  if (port === undefined) throw servingProblem['nothing-deployed']({})
  // The data plane would refuse it in the middle and close, so that its answer could get lost on the way.
  const limitBytes = runtime.config.bodyLimitMb * 1024 * 1024
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) throw kernelProblem['body-too-large']({ limitBytes })
  const host = reachable(runtime.config.host)
  const path = withoutBase(request.url, runtime.config.basePath)
  const own = `127.0.0.1:${port}`
  // Control has judged the page's origin against its own name; the data plane compares with the name it is called by.
  const origin = request.headers.origin === undefined ? {} : { origin: `http://${own}` }
  const headers = { ...request.headers, ...origin, host: own, [forwardHeader]: control.forwardSecret }
  const answer = await exchange({ agent, host, port, path, headers, method: request.method }, request.raw)
  void reply.code(answer.statusCode ?? 502)
  for (const [name, value] of Object.entries(answer.headers)) {
    if (value !== undefined && !ofTheConnection.has(name)) void reply.header(name, value)
  }
  return reply.send(answer)
}

const ofTheConnection = new Set(['connection', 'keep-alive', 'transfer-encoding'])

/** The data plane listens on the same address; "all addresses" is reached by loopback. */
function reachable(host: string): string {
  return host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
}

function withoutBase(url: string, basePath: string): string {
  return url.startsWith(basePath) ? url.slice(basePath.length) : url
}

function exchange(to: RequestOptions, body: IncomingMessage): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing = startRequest(to, resolve)
    outgoing.once('error', (error: Error) =>
      reject(servingProblem['data-plane-unavailable']({ reason: error.message }, error)),
    )
    body.once('error', (error: Error) => outgoing.destroy(error))
    body.pipe(outgoing)
  })
}
