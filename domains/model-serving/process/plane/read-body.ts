import type { IncomingMessage } from 'node:http'
import { unzip } from 'node:zlib'
import { planeProblem } from './plane-problems.ts'

const noBytes = Buffer.alloc(0)

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
    let first: Buffer | undefined
    let parts: Buffer[] | undefined
    let sizeBytes = 0
    request.on('data', (part: Buffer) => {
      sizeBytes += part.length
      if (sizeBytes > limitBytes) reject(planeProblem['body-too-large']({ limitBytes }))
      else if (first === undefined) first = part
      else (parts ??= [first]).push(part)
    })
    request.on('end', () => resolve(parts === undefined ? (first ?? noBytes) : Buffer.concat(parts, sizeBytes)))
    request.on('error', reject) // also when the caller goes away
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
