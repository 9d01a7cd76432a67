import { Agent, request } from 'node:http'

/** An answer as it came. */
export interface Answer {
  readonly status: number
  readonly type: string
  readonly text: string
  /** The body as JSON. */
  json<T>(): T
}

const api = '/api/millrace/v1/w/default'

type Headers = Readonly<Record<string, string>>

/** Sends one request and gives its answer, whatever its status; see `ask`. */
export type Ask = (url: string, method: string, path: string, body?: Sent, more?: Headers) => Promise<Answer>

/** What is sent: JSON as an object or a text, or bytes. */
export type Sent = object | string | undefined

/**
 * Sends a request byte for byte as written, which `fetch` does not: it would tidy `..` away. A path that begins with
 * `/` lies below our API's workspace; one that begins with `//` is taken from the root.
 */
export const ask: Ask = connectAsk(4)

/** An `ask` with so many connections of its own. */
export function connectAsk(maxSockets: number): Ask {
  const agent = new Agent({ keepAlive: true, maxSockets })
  return (url, method, path, body, more = {}) => {
    const { hostname, port } = new URL(url)
    const bytes = bytesOf(body)
    const headers = {
      'content-length': bytes.byteLength,
      ...(bytes.byteLength === 0 ? {} : { 'content-type': typeOf(body) }),
      ...more,
    }
    const target = path.startsWith('//') ? path.slice(1) : api + path
    return new Promise((resolve, reject) => {
      const outgoing = request({ agent, hostname, port, method, path: target, headers }, (incoming) => {
        const parts: Buffer[] = []
        incoming.on('data', (part: Buffer) => parts.push(part))
        incoming.once('error', reject)
        incoming.once('end', () => {
          const text = Buffer.concat(parts).toString()
          const kind = incoming.headers['content-type'] ?? ''
          resolve({ status: incoming.statusCode ?? 0, type: kind, text, json: <T>() => JSON.parse(text) as T }) // as the address answers
        })
      })
      outgoing.once('error', reject)
      outgoing.end(bytes)
    })
  }
}

/** As `ask`, for a request that must succeed: gives the answer's body, throws what the server said otherwise. */
export async function must<T>(url: string, method: string, path: string, body?: Sent, headers?: Headers): Promise<T> {
  const answer = await ask(url, method, path, body, headers)
  if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text}`)
  return answer.json<T>()
}

function bytesOf(body: Sent): Uint8Array {
  if (body === undefined) return new Uint8Array(0)
  if (body instanceof Uint8Array) return body
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
}

function typeOf(body: Sent): string {
  return body instanceof Uint8Array ? 'application/octet-stream' : 'application/json'
}
