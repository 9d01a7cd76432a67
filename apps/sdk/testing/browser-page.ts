import { createReadStream } from 'node:fs'
import type { Server } from 'node:http'
import { createServer } from 'node:http'
import { once } from 'node:events'
import { join, normalize } from 'node:path'
import type { AddressInfo } from 'node:net'

/** Serves the packed SDK and an empty page, as a site of its own. */
export async function servePage(folder: string): Promise<{ readonly url: string; readonly server: Server }> {
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://page').pathname)
    if (!path.endsWith('.js')) {
      response.setHeader('content-type', 'text/html')
      response.end('<!doctype html><title>a page</title>')
      return
    }
    response.setHeader('content-type', 'text/javascript')
    createReadStream(join(folder, path))
      .on('error', () => response.writeHead(404).end())
      .pipe(response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on a port
  return { url: `http://127.0.0.1:${port}`, server }
}
