import { deflate, gzip, unzip } from 'node:zlib'
import { Problem } from '@millrace/contract'
import { planeProblem } from '../plane-problems.ts'

/** A message as it lies in the stream: five bytes of head (compressed or not, length) before it. */
export interface Frame {
  readonly compressed: boolean
  readonly message: Buffer
}

const headBytes = 5

/** Puts a call's data together to messages. Throws `body-too-large` as soon as a head announces too much. */
export class FrameReader {
  readonly #limitBytes: number
  #parts: Buffer[] = []
  #size = 0
  /** Bytes that the next whole message takes with its head; that of a head until it is known. */
  #needs = headBytes

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  /** Takes data; `take` gets each message that it completes. A message is a view of the data where one part holds it. */
  push(data: Buffer, take: (frame: Frame) => void): void {
    this.#parts.push(data)
    this.#size += data.length
    while (this.#size >= this.#needs) {
      const whole = this.#joined()
      this.#needs = headBytes + this.#lengthIn(whole)
      if (this.#size < this.#needs) return
      const rest = whole.subarray(this.#needs)
      const message = whole.subarray(headBytes, this.#needs)
      const compressed = whole[0] === 1
      this.#parts = rest.length === 0 ? [] : [rest]
      this.#size = rest.length
      this.#needs = headBytes
      take({ compressed, message })
    }
  }

  /** False when the data ended in the middle of a message. */
  isWhole(): boolean {
    return this.#size === 0
  }

  #joined(): Buffer {
    const [only] = this.#parts
    if (this.#parts.length === 1 && only !== undefined) return only
    const whole = Buffer.concat(this.#parts, this.#size)
    this.#parts = [whole]
    return whole
  }

  #lengthIn(head: Buffer): number {
    if ((head[0] ?? 0) > 1) throw planeProblem.encoding({ reason: 'a message begins with neither 0 nor 1' })
    const length = head.readUInt32BE(1)
    if (length > this.#limitBytes) throw planeProblem['body-too-large']({ limitBytes: this.#limitBytes })
    return length
  }
}

/** A message with its head. */
export function frameOf(message: Uint8Array, compressed = false): Buffer {
  const frame = Buffer.allocUnsafe(headBytes + message.length)
  frame[0] = compressed ? 1 : 0
  frame.writeUInt32BE(message.length, 1)
  frame.set(message, headBytes)
  return frame
}

/** Encodings of messages besides none. */
export const encodings = 'gzip,deflate,identity'

/** The message itself. Throws `encoding` for an encoding that is not announced or not known (status 501), `body-too-large`. */
export function decompress(frame: Frame, encoding: string | undefined, limitBytes: number): Promise<Buffer> | Buffer {
  if (!frame.compressed) return frame.message
  if (encoding !== 'gzip' && encoding !== 'deflate') {
    const { code, message } = planeProblem.encoding({ reason: `its grpc-encoding is ${encoding ?? 'missing'}` })
    throw new Problem(code, 501, message)
  }
  return new Promise((resolve, reject) => {
    unzip(frame.message, { maxOutputLength: limitBytes }, (error, whole) => {
      if (error === null) resolve(whole)
      else if ('code' in error && error.code === 'ERR_BUFFER_TOO_LARGE')
        reject(planeProblem['body-too-large']({ limitBytes }))
      else reject(planeProblem.encoding({ reason: error.message }))
    })
  })
}

/** Smaller answers are not worth it. */
const leastCompressedBytes = 1024

/** The encoding an answer goes out in: the request's own, where the caller takes it. */
export function answerEncoding(encoding: string | undefined, accepted: unknown): 'gzip' | 'deflate' | undefined {
  if (encoding !== 'gzip' && encoding !== 'deflate') return undefined
  return typeof accepted === 'string' && accepted.split(/\s*,\s*/).includes(encoding) ? encoding : undefined
}

/** An answer's frame, compressed where that was agreed on and pays. */
export function encodedFrame(message: Uint8Array, encoding: 'gzip' | 'deflate' | undefined): Promise<Buffer> | Buffer {
  if (encoding === undefined || message.length < leastCompressedBytes) return frameOf(message)
  const compress = encoding === 'gzip' ? gzip : deflate
  return new Promise((resolve, reject) => {
    compress(message, { level: 1 }, (error, bytes) => (error === null ? resolve(frameOf(bytes, true)) : reject(error)))
  })
}
