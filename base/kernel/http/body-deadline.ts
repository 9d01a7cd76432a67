import { Socket } from 'node:net'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** A stream of which nothing has come or gone for this long has lost its other end. */
const idleMs = 60_000

const deadlines = new WeakMap<object, NodeJS.Timeout>()

/**
 * Gives every body a time to arrive in, as Node's `requestTimeout` would, but one that a route of streams can lift:
 * Node's knows no routes, so it would cut off an upload of an hour that goes well.
 */
export function limitBodyTime(app: FastifyInstance, limitMs: number): void {
  app.addHook('onRequest', async ({ raw }) => {
    if (raw.headers['content-length'] === undefined && raw.headers['transfer-encoding'] === undefined) return
    if (raw.headers['content-length'] === '0') return
    const timer = setTimeout(() => raw.socket.destroy(), limitMs).unref()
    deadlines.set(raw, timer)
  })
  app.addHook('preValidation', async ({ raw }) => lift(raw))
  app.addHook('onResponse', async ({ raw }) => lift(raw))
  app.addHook('onRequestAbort', async ({ raw }) => lift(raw))
}

/** The body of this request may take as long as something of it comes. */
export function bodyEndsByIdleness({ raw }: FastifyRequest): void {
  lift(raw)
  endWhenIdle(raw.socket, idleMs)
  // What the server then does with it is not the client's idleness.
  raw.once('end', () => endWhenIdle(raw.socket, 0))
}

/** An answer may take as long as its reader takes something of it. */
export function answerEndsByIdleness({ raw }: FastifyReply): void {
  if (raw.socket !== null) endWhenIdle(raw.socket, idleMs)
}

/** A request that is injected has no socket of its own. */
function endWhenIdle(socket: Socket, ms: number): void {
  if (socket instanceof Socket) socket.setTimeout(ms)
}

function lift(raw: object): void {
  const timer = deadlines.get(raw)
  if (timer === undefined) return
  clearTimeout(timer)
  deadlines.delete(raw)
}
