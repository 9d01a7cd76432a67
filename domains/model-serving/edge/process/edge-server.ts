// Goes into edge bundles for containers as `server.mjs`: POST /invocations {"rows": […]}, GET /ping.
import { createServer } from 'node:http'
import { load } from './node-runtime.ts'

const model = await load({ bufferFile: process.env['MILLRACE_EDGE_BUFFER'] ?? '/tmp/prediction-buffer.jsonl' })
const mostBytes = 16 * 1024 * 1024

const server = createServer((request, response) => {
  const answer = (status: number, value: unknown) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
  }
  if (request.url === '/ping') return answer(200, { model: model.manifest.model })
  if (request.url !== '/invocations' || request.method !== 'POST')
    return answer(404, { detail: 'POST /invocations or GET /ping.' })
  const parts: Buffer[] = []
  let size = 0
  request.on('data', (part: Buffer) => {
    size += part.length
    if (size <= mostBytes) parts.push(part)
  })
  request.on('end', () => {
    if (size > mostBytes) return answer(413, { detail: `A request takes at most ${mostBytes} bytes.` })
    predict(Buffer.concat(parts).toString()).then(
      (predictions) => answer(200, { predictions }),
      (error: unknown) => answer(400, { detail: error instanceof Error ? error.message : String(error) }),
    )
  })
})

async function predict(text: string) {
  const { rows } = JSON.parse(text) as { rows?: unknown } // checked below
  if (!Array.isArray(rows)) throw new TypeError('The body is {"rows": [{"feature": value}]}.')
  return model.predict(rows)
}

const { token } = { token: process.env['MILLRACE_TOKEN'] }
setInterval(() => void model.sync(token === undefined ? {} : { token }).catch(() => 0), 60_000).unref()
process.on('SIGTERM', () => server.close(() => process.exit(0)))
server.listen(Number(process.env['PORT'] ?? 8080), () => {
  process.stdout.write(`listening on ${JSON.stringify(server.address())}\n`)
})
