/** Frames between the data plane and a worker: 12 bytes (length u32, id u32, operation u8, rows u24), then the payload. */
export const operation = {
  start: 1,
  rows: 2,
  tensors: 3,
  invoke: 4,
  ping: 5,
  cancel: 6,
  loaded: 7,
  unloadable: 8,
  error: 9,
  head: 10,
  chunk: 11,
  end: 12,
  pong: 13,
} as const

export const headerBytes = 12
export const mostRows = 0xff_ff_ff

/** Frames up to this size go out as one buffer; parts of larger ones are not copied. */
const copiedBytes = 65_536

export interface Frame {
  readonly operation: number
  readonly id: number
  readonly rows: number
  /** Valid until the next frame is read. */
  readonly payload: Buffer
}

/** The buffers of one frame, to be written one after the other. */
export function frameOf(op: number, id: number, rows: number, parts: readonly Uint8Array[]): Uint8Array[] {
  let length = 0
  for (const part of parts) length += part.byteLength
  const small = length <= copiedBytes
  const first = Buffer.allocUnsafe(small ? headerBytes + length : headerBytes)
  first.writeUInt32LE(length, 0)
  first.writeUInt32LE(id, 4)
  first.writeUInt32LE(((rows << 8) | op) >>> 0, 8)
  if (!small) return [first, ...parts]
  let at = headerBytes
  for (const part of parts) {
    first.set(part, at)
    at += part.byteLength
  }
  return [first]
}

/** A frame whose payload is JSON. */
export function jsonFrame(op: number, id: number, value: unknown): Uint8Array[] {
  return frameOf(op, id, 0, [Buffer.from(JSON.stringify(value))])
}

/** Cuts a stream of bytes into frames; calls `onFrame` for each that is whole. */
export function createFrameReader(onFrame: (frame: Frame) => void): (chunk: Buffer) => void {
  let waiting: Buffer[] = []
  let have = 0
  let needs = headerBytes
  return (chunk) => {
    waiting.push(chunk)
    have += chunk.length
    if (have < needs) return
    let bytes = waiting.length === 1 ? chunk : Buffer.concat(waiting, have)
    needs = headerBytes
    while (bytes.length >= headerBytes) {
      const length = bytes.readUInt32LE(0)
      if (bytes.length < headerBytes + length) {
        needs = headerBytes + length
        break
      }
      const tail = bytes.readUInt32LE(8)
      onFrame({
        operation: tail & 0xff,
        id: bytes.readUInt32LE(4),
        rows: tail >>> 8,
        payload: bytes.subarray(headerBytes, headerBytes + length),
      })
      bytes = bytes.subarray(headerBytes + length)
    }
    waiting = bytes.length === 0 ? [] : [bytes]
    have = bytes.length
  }
}
