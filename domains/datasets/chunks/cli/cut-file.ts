import { createHash, hash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { Problem } from '@millrace/contract'
import type { ChunkRef } from '../../contract.ts'
import { chunkSizesFor, cutPoint } from '../../contract.ts'

/** A chunk of a file with its bytes, which are valid until the next one is asked for. */
export interface CutChunk {
  readonly digest: string
  readonly bytes: Buffer
  readonly atBytes: number
}

const readBytes = 8 * 1024 * 1024

/** What a file consists of. */
export interface CutFile {
  readonly digest: string
  readonly sizeBytes: number
  readonly chunks: ChunkRef[]
}

/**
 * Cuts a file where its content says, handing on each chunk; memory does not grow with the file. Throws
 * `client/file-changed` when it is another at the end than at the start.
 */
export async function cutFile(path: string, take: (chunk: CutChunk) => Promise<void> | undefined): Promise<CutFile> {
  const file = await open(path, 'r')
  try {
    const before = await file.stat({ bigint: true })
    const cut = await cutHandle(file, Number(before.size), take)
    const after = await file.stat({ bigint: true })
    if (after.size !== before.size || after.mtimeNs !== before.mtimeNs || cut.sizeBytes !== Number(before.size)) {
      throw new Problem(
        'client/file-changed',
        409,
        `${path} changed while it was read. Add it again when it is complete.`,
      )
    }
    return cut
  } finally {
    await file.close()
  }
}

type Handle = Awaited<ReturnType<typeof open>>

async function cutHandle(
  file: Handle,
  fileBytes: number,
  take: (chunk: CutChunk) => Promise<void> | undefined,
): Promise<CutFile> {
  const sizes = chunkSizesFor(fileBytes)
  const buffer = Buffer.allocUnsafe(Math.min(Math.max(fileBytes, 1), readBytes))
  const whole = createHash('sha256')
  const chunks: ChunkRef[] = []
  let [start, end, at, atEnd] = [0, 0, 0, false]
  while (!atEnd || start < end) {
    if (!atEnd && end - start < sizes.maximum) {
      buffer.copy(buffer, 0, start, end)
      end -= start
      start = 0
      const { bytesRead } = await file.read(buffer, end, buffer.length - end, at + end)
      // A small file fills its buffer, which is its end as well.
      atEnd = bytesRead === 0 || at + end + bytesRead >= fileBytes
      end += bytesRead
      continue
    }
    const next = cutPoint(buffer, start, end, sizes)
    const bytes = buffer.subarray(start, next)
    whole.update(bytes)
    const digest = hash('sha256', bytes, 'hex')
    chunks.push([digest, bytes.byteLength])
    const waiting = take({ digest, bytes, atBytes: at })
    if (waiting !== undefined) await waiting
    at += bytes.byteLength
    start = next
  }
  return { digest: `sha256:${whole.digest('hex')}`, sizeBytes: at, chunks }
}
