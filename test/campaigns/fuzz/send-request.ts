import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import type { FuzzRequest } from './compose-request.ts'

/** What came of a request. */
export interface Outcome {
  /** 0 where the connection ended without an answer. */
  readonly status: number
  readonly text: string
  readonly tookMs: number
}

const patienceMs = 20_000
const keptBytes = 2000

/** Sends over connections that stay open. An answer that does not come within twenty seconds is status -1. */
export function createSender(url: string, connections: number): (sent: FuzzRequest) => Promise<Outcome> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const { hostname, port } = new URL(url)
  return ({ method, path, headers, body }) => {
    const startedAt = performance.now()
    return new Promise((resolve) => {
      const end = (status: number, text: string) => resolve({ status, text, tookMs: performance.now() - startedAt })
      const all = { ...headers, 'content-length': String(body.byteLength) }
      const outgoing = request({ agent, hostname, port, method, path, headers: all }, (incoming) => {
        let text = ''
        incoming.on('data', (part: Buffer) => {
          if (text.length < keptBytes) text += part.toString('latin1', 0, keptBytes)
        })
        incoming.once('end', () => end(incoming.statusCode ?? 0, text))
        incoming.once('error', (error) => end(0, error.message))
      })
      outgoing.setTimeout(patienceMs, () => {
        end(-1, `no answer within ${patienceMs} ms`)
        outgoing.destroy()
      })
      outgoing.once('error', (error) => end(0, error.message))
      outgoing.end(body)
    })
  }
}

/** Sends bytes over a connection of its own, closes its half, and reads what comes. */
export function sendRaw(url: string, bytes: Buffer): Promise<Outcome> {
  const { hostname, port } = new URL(url)
  const startedAt = performance.now()
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port) })
    let text = ''
    const end = () => {
      socket.destroy()
      const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0)
      resolve({ status, text, tookMs: performance.now() - startedAt })
    }
    // What is half sent is never answered; its connection is dropped as a client would.
    socket.setTimeout(300, end)
    socket.on('data', (part: Buffer) => {
      if (text.length < keptBytes) text += part.toString('latin1', 0, keptBytes)
    })
    socket.once('error', end)
    socket.once('close', end)
    socket.end(bytes)
  })
}
