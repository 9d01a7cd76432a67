import { hash } from 'node:crypto'
import { zstdDecompressSync } from 'node:zlib'
import { Problem } from '@millrace/contract'
import type { ApiClient } from '@millrace/terminal'
import type { DatasetVersion, FileEntry, Frame } from '../../contract.ts'
import { chunksOf, createFrameReader, frameHeadBytes } from '../../contract.ts'
import { streamOf } from './manifest-client.ts'
import { stubborn } from './upload-files.ts'
import type { WrittenFile } from './write-file.ts'
import { startFile } from './write-file.ts'

/** What a download has done so far. */
export interface FetchFigures {
  doneBytes: number
  receivedBytes: number
  reusedBytes: number
}

export interface FetchOptions {
  readonly folder: string
  readonly figures: FetchFigures
  readonly moved: () => void
  readonly makeFolders: (path: string) => Promise<void>
}

interface Wanted {
  readonly digest: string
  readonly sizeBytes: number
  readonly atBytes: number
  readonly file: WrittenFile
}

const batchBytes = 8 * 1024 * 1024
const batchChunks = 2000
const parallel = 4

/**
 * Fetches files of a version in chunks. Chunks that lie here already, in the file as it was or in a part that an earlier
 * fetch left, are taken from there; every chunk and every file is verified.
 */
export async function fetchChunked(
  api: ApiClient,
  version: DatasetVersion,
  files: readonly FileEntry[],
  options: FetchOptions,
): Promise<void> {
  const pool = createPool(parallel)
  let batch: Wanted[] = []
  let bytes = 0
  const flush = async () => {
    const wanted = batch
    batch = []
    bytes = 0
    if (wanted.length > 0) await pool.run(() => stubborn(() => fetchBatch(api, version, wanted, options)))
  }
  for (const entry of files) {
    const file = await startFile(entry, options)
    let atBytes = 0
    for (const [digest, sizeBytes] of chunksOf(entry)) {
      if (await file.has(digest, sizeBytes, atBytes)) {
        options.figures.reusedBytes += sizeBytes
        options.figures.doneBytes += sizeBytes
      } else {
        batch.push({ digest, sizeBytes, atBytes, file })
        bytes += sizeBytes
        if (bytes >= batchBytes || batch.length >= batchChunks) await flush()
      }
      atBytes += sizeBytes
    }
    await file.listed()
  }
  await flush()
  await pool.end()
}

async function fetchBatch(
  api: ApiClient,
  version: DatasetVersion,
  wanted: readonly Wanted[],
  { figures, moved }: FetchOptions,
): Promise<void> {
  const left = wanted.filter(({ file, atBytes }) => !file.isWritten(atBytes))
  if (left.length === 0) return
  const body = JSON.stringify({ digests: left.map(({ digest }) => digest) })
  const headers = { 'content-type': 'application/json' }
  const response = await api.raw('POST', `/dataset-versions/${version.id}/chunks`, { body, headers })
  const reader = createFrameReader()
  let index = 0
  for await (const piece of streamOf(response)) {
    const received = piece as Uint8Array // a body yields bytes
    figures.receivedBytes += received.byteLength
    for (const frame of reader.push(received)) {
      const next = left[index]
      if (next === undefined) throw damaged(version)
      await next.file.write(unpack(frame, next, version), next.atBytes)
      figures.doneBytes += next.sizeBytes
      index += 1
      moved()
    }
  }
  if (index < left.length) throw new Error('The answer ended before all chunks had come.')
}

function unpack({ head, bytes }: Frame, wanted: Wanted, version: DatasetVersion): Uint8Array {
  const body = bytes.subarray(frameHeadBytes)
  const plain = head.zstd ? zstdDecompressSync(body, { maxOutputLength: wanted.sizeBytes }) : body
  const isRight = plain.byteLength === wanted.sizeBytes && hash('sha256', plain, 'hex') === wanted.digest
  if (!isRight) throw damaged(version)
  return plain
}

function damaged(version: DatasetVersion): Problem {
  const sentence = `What came of ${version.dataset}@${version.version} does not match its digests. The connection or the server's store is broken; nothing wrong was kept.`
  return new Problem('client/damaged', 502, sentence)
}

/** Runs so many tasks at once; starting one more waits for a place. The first failure is thrown by the next call. */
export function createPool(places: number) {
  const running = new Set<Promise<void>>()
  let failure: unknown
  const check = () => {
    if (failure !== undefined) throw failure as Error // what a task threw
  }
  return {
    run: async (task: () => Promise<void>): Promise<void> => {
      while (running.size >= places) await Promise.race(running)
      check()
      const work = task()
        .catch((error: unknown) => void (failure ??= error))
        .finally(() => running.delete(work))
      running.add(work)
    },
    end: async (): Promise<void> => {
      await Promise.all(running)
      check()
    },
  }
}
