import type { Agent, IncomingMessage } from 'node:http'
import { request } from 'node:http'
import { connect } from 'node:net'
import type { Side } from './sides.ts'

const block = Buffer.alloc(1 << 20)
for (let at = 0; at < block.byteLength; at += 4) block.writeUInt32LE((at * 2_654_435_761) >>> 0, at)

/** Sends a file of so many bytes over a socket of its own: the client costs as little as it can, for both sides alike. */
export async function putLarge(side: Side, path: string, sizeBytes: number): Promise<void> {
  const socket = await open(side)
  socket.write(head(side, 'PUT', path, `Content-Length: ${sizeBytes}\r\nContent-Type: application/octet-stream\r\n`))
  const answered = new Promise<string>((resolve, reject) => {
    socket.once('data', (chunk) => resolve(chunk.toString('latin1')))
    socket.once('error', reject)
    socket.once('close', () => reject(new Error(`${side.name} hung up.`)))
  })
  for (let sent = 0; sent < sizeBytes; sent += block.byteLength) {
    const flushed = socket.write(block.subarray(0, Math.min(block.byteLength, sizeBytes - sent)))
    if (!flushed) await new Promise((resolve) => socket.once('drain', resolve))
  }
  const answer = await answered
  socket.destroy()
  if (!answer.startsWith('HTTP/1.1 200')) throw new Error(`${side.name} answered ${answer.slice(0, 300)}`)
}

/** Reads a file and counts its bytes; throws where they are not as many as they should be. */
export async function getLarge(side: Side, path: string, sizeBytes?: number): Promise<void> {
  const socket = await open(side)
  socket.write(head(side, 'GET', path, 'Connection: close\r\n'))
  let received = 0
  let headBytes = 0
  let start = Buffer.alloc(0)
  for await (const chunk of socket) {
    const bytes = chunk as Buffer // a socket without an encoding yields bytes
    received += bytes.byteLength
    if (headBytes > 0) continue
    start = Buffer.concat([start, bytes])
    headBytes = start.indexOf('\r\n\r\n') + 4
    if (headBytes < 4) headBytes = 0
  }
  if (!start.toString('latin1', 0, 20).startsWith('HTTP/1.1 200')) {
    throw new Error(`${side.name} answered ${start.toString('latin1', 0, 300)}`)
  }
  if (sizeBytes !== undefined && received - headBytes !== sizeBytes) {
    throw new Error(`${side.name} gave ${received - headBytes} bytes instead of ${sizeBytes}.`)
  }
}

/** Sends a small file over one of an agent's connections. */
export async function putBytes(side: Side, agent: Agent, path: string, bytes: Buffer): Promise<void> {
  await exchange(side, { agent, method: 'PUT', path, headers: { 'content-length': bytes.byteLength } }, bytes)
}

/** Reads a small file, or a range of one. */
export async function getBytes(side: Side, agent: Agent, path: string, range?: string): Promise<Buffer> {
  return exchange(side, { agent, method: 'GET', path, headers: range === undefined ? {} : { range } })
}

async function exchange(
  side: Side,
  options: { agent: Agent; method: string; path: string; headers: Record<string, string | number> },
  body?: Buffer,
): Promise<Buffer> {
  const { hostname, port } = new URL(side.url)
  const authorization = side.token === undefined ? {} : { authorization: `Bearer ${side.token}` }
  return new Promise((resolve, reject) => {
    const headers = { ...options.headers, ...authorization }
    const sent = request({ ...options, hostname, port, headers }, (answer: IncomingMessage) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('end', () => {
        const all = Buffer.concat(chunks)
        if (answer.statusCode === 200 || answer.statusCode === 206) resolve(all)
        else reject(new Error(`${side.name} answered ${answer.statusCode} to ${options.path}: ${all.toString()}`))
      })
      answer.on('error', reject)
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

async function open(side: Side) {
  const { hostname, port } = new URL(side.url)
  const socket = connect({ host: hostname, port: Number(port), noDelay: true })
  await new Promise((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  return socket
}

function head(side: Side, method: string, path: string, more: string): string {
  const { host } = new URL(side.url)
  const authorization = side.token === undefined ? '' : `Authorization: Bearer ${side.token}\r\n`
  return `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\n${authorization}${more}\r\n`
}
