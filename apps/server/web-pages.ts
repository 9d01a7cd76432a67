import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs'
import { extname, join, resolve, sep } from 'node:path'
import type { FastifyInstance } from 'fastify'

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
}

/** Nothing but our own scripts and styles on our pages. */
const contentSecurityPolicy =
  "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; worker-src 'self' blob:; object-src 'none'; base-uri 'self'; frame-ancestors 'none'"

/** Serves the built pages at `/` and `/w/...`; where they were not built, `/` says how. */
export function routeWebPages(app: FastifyInstance, folder: string, basePath: string): void {
  const root = resolve(folder)
  const page = renderIndex(root, basePath)
  const sendPage = {
    'content-security-policy': contentSecurityPolicy,
    'cache-control': 'no-cache',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'same-origin',
  }
  for (const url of ['/', '/w/*', '/r/*', '/docs', '/docs/*']) {
    app.get(url, async (_request, reply) => reply.headers(sendPage).type('text/html; charset=utf-8').send(page))
  }
  app.get('/icon.svg', async (_request, reply) =>
    reply.type('image/svg+xml').send(createReadStream(join(root, 'icon.svg'))),
  )
  app.get('/assets/*', async (request, reply) => {
    const path = resolve(root, 'assets', (request.params as { '*': string })['*']) // the route's own star
    const inside = path.startsWith(join(root, 'assets') + sep)
    if (!inside || !existsSync(path) || !statSync(path).isFile()) return reply.callNotFound()
    // Names carry a digest of the content, so a browser may keep them for ever.
    return reply
      .headers({ 'cache-control': 'public, max-age=31536000, immutable', 'x-content-type-options': 'nosniff' })
      .type(types[extname(path)] ?? 'application/octet-stream')
      .send(createReadStream(path))
  })
}

function renderIndex(root: string, basePath: string): string {
  const path = join(root, 'index.html')
  if (!existsSync(path)) {
    return '<!doctype html><title>Millrace</title><p>The server runs, but its pages were not built. Run <code>bin/dev</code>, or build them with <code>node_modules/.bin/vite build apps/web</code>.</p>'
  }
  const settings = JSON.stringify({ basePath, workspace: 'default' }).replaceAll("'", '&#39;')
  return readFileSync(path, 'utf8')
    .replace('<base href="/" />', `<base href="${basePath}/" />`)
    .replace('<meta name="millrace-config" content="" />', `<meta name="millrace-config" content='${settings}' />`)
}
