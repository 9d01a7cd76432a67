import { once } from 'node:events'
import { createServer } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { expect, it, onTestFinished } from 'vitest'
import { startTracing } from './opentelemetry.ts'

it('sends spans to the collector, as part of the trace the caller named', async () => {
  const received: Buffer[] = []
  const collector = createServer((request, response) => {
    void buffer(request).then((body) => {
      received.push(body)
      response.end()
    })
  }).listen(0, '127.0.0.1')
  await once(collector, 'listening')
  onTestFinished(() => void collector.close())
  const address = collector.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const tracing = startTracing(`http://127.0.0.1:${port}`)
  const traceId = '0af7651916cd43dd8448eb211c80319c'
  const headers = { traceparent: `00-${traceId}-b7ad6b7169203331-01` }
  const answer = await tracing.span('GET /runs', { headers, attributes: { 'http.route': '/runs' } }, () =>
    tracing.span('experiment-tracking.list-runs', {}, async () => 42),
  )
  await tracing.stop()
  const sent = Buffer.concat(received)
  expect(answer).toBe(42)
  expect(sent.includes('experiment-tracking.list-runs')).toBe(true)
  expect(sent.includes(Buffer.from(traceId, 'hex'))).toBe(true)
})
