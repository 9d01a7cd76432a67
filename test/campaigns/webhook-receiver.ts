import { once } from 'node:events'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'

/** A machine that webhooks are sent to. */
export interface WebhookReceiver {
  readonly url: string
  /** The bodies that came, in their order. */
  readonly bodies: readonly string[]
  close(): void
}

/** Takes every delivery, a moment after it came, as a busy receiver does. */
export async function startReceiver(answersAfterMs = 20): Promise<WebhookReceiver> {
  const bodies: string[] = []
  const server = createServer((incoming, reply) => {
    void text(incoming).then((body) => {
      bodies.push(body)
      setTimeout(() => reply.writeHead(200).end(), answersAfterMs)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}/hook`,
    bodies,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
