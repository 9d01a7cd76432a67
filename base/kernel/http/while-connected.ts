import type { FastifyRequest } from 'fastify'

/** Does work for a request with a signal that says when its client has left, so that nobody works on for nobody. */
export async function whileConnected<T>(
  request: FastifyRequest,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const leaving = new AbortController()
  const { socket } = request.raw
  const leave = () => leaving.abort()
  socket.once('close', leave)
  try {
    return await work(leaving.signal)
  } finally {
    // A connection outlives its requests: it must not gather their listeners.
    socket.off('close', leave)
  }
}
