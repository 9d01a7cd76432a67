import { once } from 'node:events'
import type { Server } from 'node:http'
import { createServer } from 'node:http'

/** An engine as OpenAI's protocol has it, small: it says "Hello", whole or in two pieces, and by which model. */
export async function startTextEngine(): Promise<{ readonly url: string; readonly server: Server }> {
  const server = createServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      const asked = JSON.parse(Buffer.concat(pieces).toString()) as { model: string; stream?: boolean } // as clients send
      const { model } = asked
      const of = { id: 'chat-1', created: 1, model }
      if (request.url?.endsWith('/embeddings') === true) {
        const data = [{ object: 'embedding', index: 0, embedding: [0.5, 1] }]
        const usage = { prompt_tokens: 1, total_tokens: 1 }
        response.setHeader('content-type', 'application/json')
        response.end(JSON.stringify({ object: 'list', model, data, usage }))
      } else if (asked.stream === true) {
        response.setHeader('content-type', 'text/event-stream')
        for (const content of ['Hel', 'lo']) {
          const choices = [{ index: 0, delta: { content }, finish_reason: null }]
          response.write(`data: ${JSON.stringify({ ...of, object: 'chat.completion.chunk', choices })}\n\n`)
        }
        response.end('data: [DONE]\n\n')
      } else {
        const message = { role: 'assistant', content: 'Hello' }
        const choices = [{ index: 0, message, finish_reason: 'stop' }]
        response.setHeader('content-type', 'application/json')
        response.end(JSON.stringify({ ...of, object: 'chat.completion', choices }))
      }
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the engine has no port')
  return { url: `http://127.0.0.1:${address.port}`, server }
}
