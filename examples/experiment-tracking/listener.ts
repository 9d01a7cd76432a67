import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What stands in for a team's chat: an address that hears what the server posts. */
export interface Listener {
  readonly url: string
  readonly heard: readonly { event: string; sentence: string }[]
  close(): Promise<void>
}

/** Listens on a free port of this machine. */
export async function listen(): Promise<Listener> {
  const heard: { event: string; sentence: string }[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => (body += String(chunk)))
    request.on('end', () => {
      const { event, text } = JSON.parse(body) as { event?: string; text?: string } // the server's own message
      heard.push({ event: String(event), sentence: String(text) })
      response.end('{}')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // a TCP port was asked for
  const close = async () => {
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  }
  return { url: `http://127.0.0.1:${port}/`, heard, close }
}
