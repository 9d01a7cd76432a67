import type { IncomingHttpHeaders } from 'node:http2'
import { connect } from 'node:http2'

/** How a call ended, with its messages. */
export interface GrpcOutcome {
  /** As the trailers say it: `0` is well. */
  readonly status: string
  readonly messages: readonly Buffer[]
}

/** Calls a method over HTTP/2 with hand-made frames: five bytes of head before each message. */
export function callGrpc(url: string, path: string, messages: readonly Buffer[]): Promise<GrpcOutcome> {
  const session = connect(url)
  return new Promise((resolve, reject) => {
    session.once('error', reject)
    const head = { ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' }
    const stream = session.request(head)
    let status = ''
    const parts: Buffer[] = []
    const look = (headers: IncomingHttpHeaders) => {
      const found = headers['grpc-status']
      if (typeof found === 'string') status = found
    }
    stream.on('response', look)
    stream.on('trailers', look)
    stream.on('data', (part: Buffer) => parts.push(part))
    stream.once('error', reject)
    stream.once('close', () => {
      session.close()
      resolve({ status, messages: split(Buffer.concat(parts)) })
    })
    for (const message of messages) stream.write(framed(message))
    stream.end()
  })
}

function framed(message: Buffer): Buffer {
  const head = Buffer.alloc(5)
  head.writeUInt32BE(message.length, 1)
  return Buffer.concat([head, message])
}

function split(whole: Buffer): Buffer[] {
  const messages: Buffer[] = []
  for (let at = 0; at < whole.length;) {
    const end = at + 5 + whole.readUInt32BE(at + 1)
    messages.push(whole.subarray(at + 5, end))
    at = end
  }
  return messages
}
