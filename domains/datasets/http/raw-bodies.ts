import type { Readable } from 'node:stream'
import type { FastifyInstance, FastifyRequest } from 'fastify'

/** In this Fastify scope every body, of whatever type, arrives as a stream; nothing is read before the handler asks. */
export function takeRawBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
}

/** The body of a request in such a scope: its stream, or nothing at all as an empty body. */
export function rawBodyOf(request: FastifyRequest): Readable | Uint8Array {
  // The parser above hands on Node's own request stream.
  return (request.body as Readable | undefined) ?? new Uint8Array(0)
}
