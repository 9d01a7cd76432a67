import type { IncomingMessage } from 'node:http'
import { unzip } from 'node:zlib'
import { planeProblem } from './plane-problems.ts'

/** Reads a request's body whole. Throws `body-too-large`, `encoding`; rejects when the caller goes away. */
export async function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  const announced = Number(request.headers['content-length'] ?? 0)
  if (announced > limitBytes) throw planeProblem['body-too-large']({ limitBytes })
  const body = await collect(request, limitBytes)
  const encoding = request.headers['content-encoding']
  if (encoding === undefined || encoding === 'identity') return body
  if (encoding !== 'gzip' && encoding !== 'deflate') {
    throw planeProblem.encoding({ reason: `its Content-Encoding "${encoding}" is not gzip or deflate` })
  }
  return inflate(body, limitBytes)
}

function collect(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = []
    let sizeBytes = 0
    request.on('data', (part: Buffer) => {
      sizeBytes += part.length
      if (sizeBytes > limitBytes) reject(planeProblem['body-too-large']({ limitBytes }))
      else parts.push(part)
    })
    request.once('end', () => {
      const [only] = parts
      resolve(parts.length === 1 && only !== undefined ? only : Buffer.concat(parts, sizeBytes))
    })
    request.once('error', reject)
    request.once('close', () => reject(new Error('the caller went away')))
  })
}

function inflate(body: Buffer, limitBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    unzip(body, { maxOutputLength: limitBytes }, (error, whole) => {
      if (error === null) resolve(whole)
      else if ('code' in error && error.code === 'ERR_BUFFER_TOO_LARGE')
        reject(planeProblem['body-too-large']({ limitBytes }))
      else reject(planeProblem.encoding({ reason: error.message }))
    })
  })
}
