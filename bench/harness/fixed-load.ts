import type { Socket } from 'node:net'
import { connect } from 'node:net'

/** The same request again and again: its bytes are made once, so that the load costs little on a shared machine. */
export interface FixedLoad {
  readonly url: string
  readonly path: string
  readonly body: Uint8Array
  readonly headers?: Readonly<Record<string, string>>
  readonly connections: number
  readonly seconds: number
  /** Requests per second that arrive at random (Poisson), whether others were answered or not; absent: a closed loop. */
  readonly perSecond?: number
}

export interface FixedResult {
  readonly requests: number
  readonly failures: number
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly p999Ms: number
}

/** Loads a server. In an open loop a request's time counts from its arrival, also while no connection was free. */
export async function fixedLoad(load: FixedLoad): Promise<FixedResult> {
  const { hostname, port } = new URL(load.url)
  const bytes = requestBytes(load, `${hostname}:${port}`)
  const latenciesMs: number[] = []
  const failures: string[] = []
  const connections = await Promise.all(
    Array.from({ length: load.connections }, () => Connection.open(Number(port), hostname, bytes)),
  )
  const startedAtMs = performance.now()
  const endAtMs = startedAtMs + load.seconds * 1000
  const take = (fromMs: number) => (status: number) => {
    if (status >= 200 && status < 300) latenciesMs.push(performance.now() - fromMs)
    else failures.push(String(status))
  }
  if (load.perSecond === undefined) await Promise.all(connections.map((one) => closedLoop(one, endAtMs, take)))
  else await openLoop(connections, load.perSecond, endAtMs, take)
  const tookMs = performance.now() - startedAtMs
  for (const connection of connections) connection.close()
  const sorted = Float64Array.from(latenciesMs).sort()
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
  return {
    requests: sorted.length,
    failures: failures.length,
    perSecond: (sorted.length / tookMs) * 1000,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    p999Ms: at(0.999),
  }
}

type Take = (fromMs: number) => (status: number) => void

function closedLoop(connection: Connection, endAtMs: number, take: Take): Promise<void> {
  return new Promise((resolve) => {
    const next = (): void => {
      const nowMs = performance.now()
      if (nowMs >= endAtMs) return resolve()
      const taken = take(nowMs)
      connection.send((status) => {
        taken(status)
        next()
      })
    }
    next()
  })
}

/** Arrivals wait in line where all connections are busy: their waiting counts. They come as they fall into each millisecond. */
async function openLoop(connections: readonly Connection[], perSecond: number, endAtMs: number, take: Take) {
  const line = new ArrivalLine(connections, take)
  let nextMs = performance.now()
  for (let nowMs = nextMs; nowMs < endAtMs || line.isBusy(); nowMs = performance.now()) {
    for (; nextMs <= nowMs && nextMs < endAtMs; nextMs += (-Math.log(1 - Math.random()) / perSecond) * 1000) {
      line.add(nowMs)
    }
    line.serve()
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

class ArrivalLine {
  readonly #free: Connection[]
  readonly #take: Take
  readonly #line: number[] = []
  #underWay = 0

  constructor(connections: readonly Connection[], take: Take) {
    this.#free = [...connections]
    this.#take = take
  }

  isBusy(): boolean {
    return this.#underWay > 0 || this.#line.length > 0
  }

  add(atMs: number): void {
    this.#line.push(atMs)
  }

  serve(): void {
    while (this.#line.length > 0 && this.#free.length > 0) {
      const [connection, fromMs] = [this.#free.pop(), this.#line.shift()]
      if (connection === undefined || fromMs === undefined) return
      const taken = this.#take(fromMs)
      this.#underWay += 1
      connection.send((status) => {
        taken(status)
        this.#underWay -= 1
        this.#free.push(connection)
        this.serve()
      })
    }
  }
}

function requestBytes({ path, body, headers = {} }: FixedLoad, host: string): Buffer {
  const lines = { host, 'content-type': 'application/json', 'content-length': String(body.length), ...headers }
  const head = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.concat([Buffer.from(`POST ${path} HTTP/1.1\r\n${head.join('')}\r\n`), body])
}

const headEnd = Buffer.from('\r\n\r\n')
const lengthName = /content-length: *(\d+)/i

/** One connection that sends the same request whenever it is told to; an answer has its length, or comes in chunks. */
class Connection {
  readonly #socket: Socket
  readonly #bytes: Buffer
  #done: ((status: number) => void) | undefined
  #received: Buffer[] = []
  #receivedBytes = 0
  #wholeBytes = 0
  #status = 0

  static open(port: number, host: string, bytes: Buffer): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, host, () => resolve(new Connection(socket, bytes)))
      socket.setNoDelay(true)
      socket.once('error', reject)
    })
  }

  constructor(socket: Socket, bytes: Buffer) {
    this.#socket = socket
    this.#bytes = bytes
    socket.on('data', (part: Buffer) => this.#hear(part))
    socket.on('close', () => this.#done?.(0))
  }

  send(done: (status: number) => void): void {
    this.#done = done
    this.#socket.write(this.#bytes)
  }

  close(): void {
    this.#done = undefined
    this.#socket.destroy()
  }

  #hear(part: Buffer): void {
    this.#receivedBytes += part.length
    if (this.#wholeBytes === 0) {
      this.#received.push(part)
      const all = this.#received.length === 1 ? part : Buffer.concat(this.#received)
      const end = all.indexOf(headEnd)
      if (end < 0) return
      const head = all.toString('latin1', 0, end)
      this.#status = Number(head.slice(9, 12))
      const length = lengthName.exec(head)?.[1]
      this.#wholeBytes = length === undefined ? Number.POSITIVE_INFINITY : end + 4 + Number(length)
      this.#received = []
    }
    const ends = this.#wholeBytes === Number.POSITIVE_INFINITY && part.subarray(-5).toString('latin1') === '0\r\n\r\n'
    if (this.#receivedBytes < this.#wholeBytes && !ends) return
    this.#receivedBytes = 0
    this.#wholeBytes = 0
    this.#done?.(this.#status)
  }
}
