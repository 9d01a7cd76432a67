import { connect } from 'node:net'

/** One request of a load. */
export interface LoadRequest {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: object | string
}

export interface SocketLoad {
  readonly url: string
  readonly token?: string | undefined
  readonly connections: number
  /** The load ends after so many seconds, or after so many requests where that comes first. */
  readonly seconds: number
  readonly requests?: number
  readonly request: (connection: number, number: number) => LoadRequest
}

export interface LoadResult {
  readonly perSecond: number
  readonly medianMs: number
  readonly p99Ms: number
  readonly requests: number
  readonly failures: number
}

/**
 * A closed loop on plain sockets: as many senders as connections, each sending its next request when its last was
 * answered. It costs a fraction of an HTTP client, since it shares the machine with the server.
 */
export async function socketLoad(load: SocketLoad): Promise<LoadResult> {
  const { hostname, port } = new URL(load.url)
  const tally = { latenciesMs: [] as number[], failures: 0, next: 0, endAt: performance.now() + load.seconds * 1000 }
  const startedAt = performance.now()
  const senders = Array.from({ length: load.connections }, (_sender, connection) =>
    sender(load, { hostname, port: Number(port) }, connection, tally),
  )
  await Promise.all(senders)
  const tookMs = performance.now() - startedAt
  const sorted = tally.latenciesMs.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
  return {
    perSecond: (sorted.length / tookMs) * 1000,
    medianMs: at(0.5),
    p99Ms: at(0.99),
    requests: sorted.length,
    failures: tally.failures,
  }
}

interface Tally {
  readonly latenciesMs: number[]
  readonly endAt: number
  failures: number
  next: number
}

function sender(
  load: SocketLoad,
  to: { hostname: string; port: number },
  connection: number,
  tally: Tally,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(to.port, to.hostname)
    socket.setNoDelay(true)
    const answer = new AnswerReader()
    let sentAt = 0
    const send = () => {
      if (performance.now() >= tally.endAt || tally.next >= (load.requests ?? Number.POSITIVE_INFINITY)) {
        socket.destroy()
        resolve()
        return
      }
      const text = requestText(load, `${to.hostname}:${to.port}`, load.request(connection, tally.next))
      tally.next += 1
      sentAt = performance.now()
      socket.write(text)
    }
    socket.on('connect', send)
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('The server closed a connection of the load.')))
    socket.on('data', (part: Buffer) => {
      const status = answer.add(part)
      if (status === undefined) return
      if (status >= 200 && status < 300) tally.latenciesMs.push(performance.now() - sentAt)
      else tally.failures += 1
      send()
    })
  })
}

function requestText(load: SocketLoad, host: string, { method, path, body }: LoadRequest): string {
  const authorization = load.token === undefined ? '' : `authorization: Bearer ${load.token}\r\n`
  const head = `${method} ${path} HTTP/1.1\r\nhost: ${host}\r\n${authorization}`
  if (body === undefined) return `${head}\r\n`
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return `${head}content-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`
}

const headEnd = Buffer.from('\r\n\r\n')

/** Reads answers one after another: by their length, or in chunks up to the last. */
class AnswerReader {
  #head: Buffer = Buffer.alloc(0)
  #status = 0
  #missingBytes: number | undefined
  #tail = ''

  /** The status once the answer is whole. */
  add(part: Buffer): number | undefined {
    if (this.#missingBytes !== undefined) return this.#addBody(part)
    this.#head = this.#head.length === 0 ? part : Buffer.concat([this.#head, part])
    const end = this.#head.indexOf(headEnd)
    if (end < 0) return undefined
    const head = this.#head.toString('latin1', 0, end)
    const body = this.#head.subarray(end + headEnd.length)
    this.#head = Buffer.alloc(0)
    this.#status = Number(head.slice(9, 12))
    const length = /^content-length: *(\d+)/im.exec(head)?.[1]
    this.#missingBytes = length === undefined ? Number.POSITIVE_INFINITY : Number(length)
    this.#tail = ''
    return this.#addBody(body)
  }

  #addBody(part: Buffer): number | undefined {
    if (this.#missingBytes === Number.POSITIVE_INFINITY) {
      // In chunks: the last is `0` and an empty line.
      this.#tail = (this.#tail + part.toString('latin1', Math.max(0, part.length - 5))).slice(-5)
      if (this.#tail !== '0\r\n\r\n') return undefined
    } else {
      this.#missingBytes = (this.#missingBytes ?? 0) - part.length
      if (this.#missingBytes > 0) return undefined
    }
    this.#missingBytes = undefined
    return this.#status
  }
}
