import type { FastifyInstance } from 'fastify'
import type { Config } from '../config/config.ts'

type Origins = Pick<Config, 'corsAllowedOrigins'>

/** True for an origin whose pages may call this server (`--cors-allowed-origins`; `*` is any). */
export function isAllowedOrigin({ corsAllowedOrigins }: Origins, origin: string): boolean {
  return corsAllowedOrigins.includes('*') || corsAllowedOrigins.includes(origin)
}

/** Tells browsers that pages of allowed origins may read the answers, and answers what they ask before they write. */
export function answerOtherOrigins(app: FastifyInstance, config: Origins): void {
  if (config.corsAllowedOrigins.length === 0) return
  app.addHook('onRequest', async (request, reply) => {
    const { origin } = request.headers
    if (origin === undefined || !isAllowedOrigin(config, origin)) return undefined
    void reply.headers({
      'access-control-allow-origin': origin,
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': '*',
      vary: 'Origin',
    })
    const asked = request.headers['access-control-request-method']
    if (request.method !== 'OPTIONS' || asked === undefined) return undefined
    return reply
      .code(204)
      .headers({
        'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
        'access-control-allow-headers': request.headers['access-control-request-headers'] ?? 'content-type',
        'access-control-max-age': '600',
      })
      .send()
  })
}
