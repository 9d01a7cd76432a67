import type { FileHandle } from 'node:fs/promises'
import { Readable } from 'node:stream'

const chunkBytes = 256 * 1024
/** One that the reader drains, one that waits for it, one that is read from the disk; and one to spare. */
const chunks = 4

/**
 * Reads a file from `start` to `end`, both included, into the same few chunks again and again, and closes it. For a pipe
 * into something that drains a chunk before it takes two more: a socket. Fresh memory for every chunk would make the
 * collector mark the whole heap every 64 MB.
 */
export function lendChunks(file: FileHandle, range: { start: number; end: number }): Readable {
  const stream = Readable.from(chunksOf(file, range), { objectMode: false, highWaterMark: 1 })
  stream.once('close', () => void file.close())
  return stream
}

async function* chunksOf(file: FileHandle, range: { start: number; end: number }): AsyncGenerator<Uint8Array> {
  const ring: Uint8Array[] = []
  let position = range.start
  for (let turn = 0; position <= range.end; turn = (turn + 1) % chunks) {
    const length = Math.min(chunkBytes, range.end + 1 - position)
    const chunk = (ring[turn] ??= new Uint8Array(Math.min(chunkBytes, range.end + 1 - range.start)))
    const { bytesRead } = await file.read(chunk, 0, length, position)
    // A file that became shorter ends early, and the client sees that bytes are missing.
    if (bytesRead === 0) return
    position += bytesRead
    yield chunk.subarray(0, bytesRead)
  }
}
