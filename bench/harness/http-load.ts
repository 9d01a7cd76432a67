import { Agent, request } from 'node:http'

/** A client with so many connections that stay open. */
export interface HttpClient {
  /** Sends JSON or bytes and gives the answer's text. Throws for any status of 300 and above. */
  send(method: string, url: string, body?: object | Uint8Array | NodeJS.ReadableStream): Promise<string>
  close(): void
}

/** What came of one closed loop: as many senders as connections, each sending its next when its last was answered. */
export interface Measured {
  readonly medianMs: number
  readonly p99Ms: number
  readonly perSecond: number
}

/** Makes a client of `node:http` with keep-alive. */
export function httpClient(connections: number): HttpClient {
  const agent = new Agent({ keepAlive: true, maxSockets: connections, scheduling: 'fifo' })
  return {
    send: (method, url, body) =>
      new Promise((resolve, reject) => {
        const outgoing = request(url, { agent, method, headers: headersOf(body) }, (incoming) => {
          const parts: Buffer[] = []
          incoming.on('data', (part: Buffer) => parts.push(part))
          incoming.once('error', reject)
          incoming.once('end', () => {
            const text = Buffer.concat(parts).toString()
            if ((incoming.statusCode ?? 0) < 300) resolve(text)
            else reject(new Error(`${method} ${url} answered ${incoming.statusCode}: ${text}`))
          })
        })
        outgoing.once('error', reject)
        if (body === undefined) outgoing.end()
        else if (isStream(body)) body.pipe(outgoing)
        else outgoing.end(body instanceof Uint8Array ? body : JSON.stringify(body))
      }),
    close: () => agent.destroy(),
  }
}

/**
 * Sends `total` requests in a closed loop over `connections`, after a tenth of that as warm-up, and measures each from
 * its sending to the end of its answer.
 */
export async function closedLoop(
  connections: number,
  total: number,
  send: (number: number) => Promise<unknown>,
): Promise<Measured> {
  const warmUp = Math.ceil(total / 10)
  await run(connections, 0, warmUp, send)
  const startedAt = performance.now()
  const latenciesMs = await run(connections, warmUp, warmUp + total, send)
  const tookMs = performance.now() - startedAt
  const sorted = latenciesMs.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0
  return { medianMs: at(0.5), p99Ms: at(0.99), perSecond: (total / tookMs) * 1000 }
}

async function run(
  connections: number,
  from: number,
  to: number,
  send: (number: number) => Promise<unknown>,
): Promise<number[]> {
  const latenciesMs: number[] = []
  let next = from
  const sender = async () => {
    while (next < to) {
      const number = next
      next += 1
      const startedAt = performance.now()
      await send(number)
      latenciesMs.push(performance.now() - startedAt)
    }
  }
  await Promise.all(Array.from({ length: connections }, sender))
  return latenciesMs
}

function headersOf(body: unknown): Record<string, string> {
  if (body === undefined) return {}
  const isBytes = body instanceof Uint8Array || isStream(body)
  return { 'content-type': isBytes ? 'application/octet-stream' : 'application/json' }
}

function isStream(body: unknown): body is NodeJS.ReadableStream {
  return typeof body === 'object' && body !== null && 'pipe' in body
}
