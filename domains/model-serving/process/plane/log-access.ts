import type { IncomingMessage, ServerResponse } from 'node:http'

/** Writes one line of JSON to standard output when an answer has gone, or its caller has. */
export function logAccess(request: IncomingMessage, response: ServerResponse): void {
  const startedAtMs = performance.now()
  const { method, url = '/', headers, socket } = request
  const from = socket.remoteAddress
  response.once('close', () => {
    const line = {
      time: new Date().toISOString(),
      message: 'prediction request',
      'http.request.method': method,
      // Queries may carry keys of callers.
      'url.path': url.split('?', 1)[0],
      'http.response.status_code': response.writableFinished ? response.statusCode : 499,
      'http.server.request.duration_ms': Math.round((performance.now() - startedAtMs) * 1000) / 1000,
      'client.address': from,
      'user_agent.original': headers['user-agent'],
      trace_id: traceIdOf(headers['traceparent']),
    }
    process.stdout.write(`${JSON.stringify(line)}\n`)
  })
}

/** The trace that a W3C `traceparent` names; undefined where it is none. */
export function traceIdOf(traceparent: string | string[] | undefined): string | undefined {
  if (typeof traceparent !== 'string') return undefined
  const traceId = /^[\da-f]{2}-([\da-f]{32})-[\da-f]{16}-[\da-f]{2}(?:-|$)/.exec(traceparent)?.[1]
  return traceId === undefined || /^0+$/.test(traceId) ? undefined : traceId
}
