import { maximumChunkBytes } from './manifest.ts'

/** Bytes before each chunk, in transfer and in a pack. */
export const frameHeadBytes = 48

/** What stands before a chunk's bytes. `storedBytes` follow; with `zstd` they unpack to `sizeBytes`. */
export interface FrameHead {
  readonly digest: string
  readonly sizeBytes: number
  readonly storedBytes: number
  readonly zstd: boolean
}

const magic = 0x4d524331 // MRC1

/** Writes a head: magic (4), codec (1), three zeros, size (4), stored size (4), SHA-256 (32); big-endian. */
export function writeFrameHead(head: FrameHead): Uint8Array {
  const bytes = new Uint8Array(frameHeadBytes)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, magic)
  view.setUint8(4, head.zstd ? 1 : 0)
  view.setUint32(8, head.sizeBytes)
  view.setUint32(12, head.storedBytes)
  for (let index = 0; index < 32; index += 1) {
    bytes[16 + index] = Number.parseInt(head.digest.slice(index * 2, index * 2 + 2), 16)
  }
  return bytes
}

/** Reads a head; undefined for what is none, or says sizes that no chunk has. */
export function readFrameHead(bytes: Uint8Array): FrameHead | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.byteLength < frameHeadBytes || view.getUint32(0) !== magic) return undefined
  const head = {
    digest: Array.from(bytes.subarray(16, 48), (byte) => byte.toString(16).padStart(2, '0')).join(''),
    sizeBytes: view.getUint32(8),
    storedBytes: view.getUint32(12),
    zstd: view.getUint8(4) === 1,
  }
  return isSound(head) && view.getUint8(4) <= 1 ? head : undefined
}

function isSound({ sizeBytes, storedBytes, zstd }: FrameHead): boolean {
  if (sizeBytes < 1 || sizeBytes > maximumChunkBytes || storedBytes < 1) return false
  return zstd ? storedBytes < sizeBytes : storedBytes === sizeBytes
}

/** Frames out of bytes that come in pieces of any length. */
export interface FrameReader {
  /** Takes a piece; gives the frames that are whole by now. Throws RangeError for bytes that are no frame. */
  push(piece: Uint8Array): Frame[]
  /** Bytes that belong to a frame which is not whole yet. */
  readonly waitingBytes: () => number
}

/** A whole frame; `bytes` are head and body. */
export interface Frame {
  readonly head: FrameHead
  readonly bytes: Uint8Array
}

/** Memory is taken in pieces of this size at least, and given up with the last frame in it: few large ones cost less. */
const slabBytes = 1024 * 1024

/** Makes a reader of frames. It holds one unfinished frame at most, besides those it handed on. */
export function createFrameReader(): FrameReader {
  let slab = new Uint8Array(0)
  let [start, end] = [0, 0]
  /** Makes room for `bytes` behind what waits. */
  const reserve = (bytes: number) => {
    if (slab.byteLength - end >= bytes) return
    const next = new Uint8Array(Math.max(slabBytes, end - start + bytes))
    next.set(slab.subarray(start, end))
    slab = next
    end -= start
    start = 0
  }
  return {
    waitingBytes: () => end - start,
    push: (piece) => {
      reserve(piece.byteLength)
      slab.set(piece, end)
      end += piece.byteLength
      const { frames, takenBytes, needsBytes } = takeFrames(slab.subarray(start, end))
      start += takenBytes
      reserve(needsBytes - (end - start))
      return frames
    },
  }
}

function takeFrames(all: Uint8Array): { frames: Frame[]; takenBytes: number; needsBytes: number } {
  const frames: Frame[] = []
  let at = 0
  while (all.byteLength - at >= frameHeadBytes) {
    const head = readFrameHead(all.subarray(at, at + frameHeadBytes))
    if (head === undefined) throw new RangeError('these bytes are no chunks')
    const length = frameHeadBytes + head.storedBytes
    if (all.byteLength - at < length) return { frames, takenBytes: at, needsBytes: length }
    frames.push({ head, bytes: all.subarray(at, at + length) })
    at += length
  }
  return { frames, takenBytes: at, needsBytes: frameHeadBytes }
}
