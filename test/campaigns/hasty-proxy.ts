import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, request } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'

export interface HastyProxy {
  readonly url: string
  close(): Promise<void>
}

const commitLaterMs = 6

/**
 * A server with its commit moved after the answer: writes whose answer can be foretold are answered at once, and handed
 * to the real server a moment later, in their order. A campaign against it has to find what a crash in between loses.
 */
export async function startHastyProxy(target: string): Promise<HastyProxy> {
  let earlier: Promise<unknown> = Promise.resolve()
  const server = createServer((incoming, reply) => {
    void buffer(incoming).then(async (body) => {
      const hasty = isForeseen(incoming)
      if (hasty) answerAtOnce(reply, body)
      const before = earlier
      earlier = before
        .then(() => (hasty ? sleep(commitLaterMs) : undefined))
        .then(() => handOn(target, incoming, body, reply))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      server.closeAllConnections()
      if (server.listening) await new Promise((resolve) => server.close(resolve))
    },
  }
}

function isForeseen({ method, url = '' }: IncomingMessage): boolean {
  return (method === 'POST' && /\/(runs|log|ground-truth)$/.test(url)) || method === 'PATCH'
}

function answerAtOnce(reply: ServerResponse, body: Buffer): void {
  reply.writeHead(200, { 'content-type': 'application/json' }).end(body)
}

function handOn(target: string, incoming: IncomingMessage, body: Buffer, reply: ServerResponse): Promise<void> {
  const { hostname, port } = new URL(target)
  const headers = { ...incoming.headers, host: `${hostname}:${port}` }
  return new Promise((resolve) => {
    const lost = () => {
      reply.destroy()
      resolve()
    }
    const outgoing = request({ hostname, port, method: incoming.method, path: incoming.url, headers }, (answer) => {
      void buffer(answer).then((bytes) => {
        if (!reply.writableEnded)
          reply.writeHead(answer.statusCode ?? 502, { 'content-type': answer.headers['content-type'] ?? '' }).end(bytes)
        resolve()
      }, lost)
    })
    outgoing.once('error', lost)
    outgoing.end(body)
  })
}
