import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { curvesFixture, experimentFixture, runFixture } from './experiment-fixture.ts'
import { homeFixture, shellFixture } from './home-fixture.ts'
import { lineageFixture, modelFixture } from './model-fixture.ts'
import { endpointsFixture, incidentsFixture, modelsFixture, monitorsFixture } from './list-fixtures.ts'
import { auditFixture, governanceFixture, incidentFixture, monitorFixture } from './monitoring-fixture.ts'
import { endpointFixture } from './serving-fixture.ts'

/** Serves the built pages over fixed data, so that they can be looked at without a server. Never shipped. */
const dist = join(import.meta.dirname, '..', 'dist')
const basePath = process.env['BASE_PATH'] ?? ''
const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.html': 'text/html; charset=utf-8',
}
const policy =
  "default-src 'self'; base-uri 'self'; img-src 'self' data: blob:; style-src 'self'; script-src 'self'; connect-src 'self'"

function view(path: string, query: URLSearchParams): unknown {
  const nowMs = Date.now()
  const [kind = '', ...rest] = path.split('/')
  const one = rest.length > 0
  const views: Readonly<Record<string, () => unknown>> = {
    shell: shellFixture,
    home: () => homeFixture(nowMs),
    experiments: () => experiments(rest, query, nowMs),
    models: () => (one ? modelFixture(nowMs, query.get('version')) : modelsFixture(nowMs)),
    endpoints: () => (one ? endpointFixture(nowMs) : endpointsFixture()),
    monitors: () => (one ? monitorFixture(rest[0] ?? '') : monitorsFixture()),
    incidents: () => (one ? incidentFixture('flight-delay') : incidentsFixture(nowMs)),
    lineage: () => lineageFixture(query.get('at')),
    approvals: () => governanceFixture(nowMs, query.get('chosen')),
    audit: () => auditFixture(nowMs),
  }
  return views[kind]?.()
}

function experiments(rest: string[], query: URLSearchParams, nowMs: number): unknown {
  if (rest.length === 0)
    return {
      items: [
        {
          name: 'flight-delay',
          runs: 10_482,
          running: 3,
          best: { metric: 'val/auc', value: 0.8127 },
          lastRunAtMs: nowMs - 3e5,
          createdAtMs: nowMs - 4e9,
        },
      ],
    }
  if (rest[1] === 'curves') return curvesFixture(query.getAll('run'))
  return rest[1] === 'runs'
    ? runFixture(rest[2] ?? '')
    : experimentFixture(rest[0] ?? '', Number(query.get('rows') ?? 214), nowMs)
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': status < 400 ? 'application/json' : 'application/problem+json' })
  response.end(JSON.stringify(body))
}

function sendFile(response: ServerResponse, path: string): void {
  const file = join(dist, normalize(path))
  if (file.startsWith(dist) && path !== '/' && existsSync(file) && statSync(file).isFile()) {
    response.writeHead(200, {
      'content-type': types[extname(file)] ?? 'application/octet-stream',
      'cache-control': 'max-age=31536000, immutable',
    })
    createReadStream(file).pipe(response)
    return
  }
  const config = JSON.stringify({ basePath, workspace: 'default' }).replaceAll('"', '&quot;')
  const page = readFileSync(join(dist, 'index.html'), 'utf8')
    .replace('<base href="/" />', `<base href="${basePath}/" />`)
    .replace('name="millrace-config" content=""', `name="millrace-config" content="${config}"`)
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy })
  response.end(page)
}

const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://localhost')
  const path = url.pathname.slice(basePath.length)
  const api = /^\/api\/millrace\/v1\/w\/[^/]+\/(.*)$/.exec(path)?.[1]
  if (api === undefined) return sendFile(response, path)
  if (api === 'events') {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    response.write(': here\n\n')
    return undefined
  }
  const found = api.startsWith('views/') ? view(decodeURIComponent(api.slice(6)), url.searchParams) : undefined
  if (found !== undefined) return sendJson(response, 200, found)
  return sendJson(response, 404, {
    type: 'about:blank',
    title: 'Not found',
    detail: `Nothing is at ${api}.`,
    code: 'not-found',
    requestId: 'req_fixture',
  })
})

server.listen(Number(process.env['PORT'] ?? 7409), '127.0.0.1', () =>
  console.log(`fixtures on http://127.0.0.1:${Number(process.env['PORT'] ?? 7409)}${basePath}/`),
)
