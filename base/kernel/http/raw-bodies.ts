import type { Readable } from 'node:stream'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { bodyEndsByIdleness } from './body-deadline.ts'

/**
 * In this Fastify scope every body, of whatever type, arrives as a stream; nothing is read before the handler asks. A
 * body may take as long as it needs: it is cut off when nothing of it has come for a while, not when it is long.
 */
export function takeRawBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
  app.addHook('preParsing', async (request) => bodyEndsByIdleness(request))
}

/** The body of a request in such a scope: its stream, or nothing at all as an empty body. */
export function rawBodyOf(request: FastifyRequest): Readable | Uint8Array {
  // The parser above hands on Node's own request stream.
  return (request.body as Readable | undefined) ?? new Uint8Array(0)
}
