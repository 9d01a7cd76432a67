import type { OpenedObject, Runtime } from '@millrace/kernel'
import { objectProblem } from '@millrace/kernel'
import type { ChunkRef, Frame } from '../../contract.ts'
import { createFrameReader, problem } from '../../contract.ts'
import { storeOf } from '../../store/datasets.ts'
import type { ChunkPlace } from '../store/chunk-rows.ts'
import { packKey } from './pack-key.ts'
import { unpackFrame } from './receive-chunks.ts'

/** What is looked up and read at once. */
const windowChunks = 256

/**
 * The frames of chunks, in the order asked for, each once per mention. Neighbours in a pack are read together. Throws
 * `datasets/chunks-missing` before the first byte of a window that is not whole.
 */
export async function* readFrames(
  runtime: Runtime,
  workspace: string,
  digests: readonly string[],
  path: string,
): AsyncGenerator<Frame> {
  for (let at = 0; at < digests.length; at += windowChunks) {
    const wanted = digests.slice(at, at + windowChunks)
    try {
      yield* readWindow(runtime, workspace, wanted, path)
    } catch (error) {
      // A collection may have moved chunks to another pack since they were looked up; nothing of the pack was sent.
      if (!objectProblem['not-found'].is(error)) throw error
      yield* readWindow(runtime, workspace, wanted, path)
    }
  }
}

async function* readWindow(
  runtime: Runtime,
  workspace: string,
  digests: readonly string[],
  path: string,
): AsyncGenerator<Frame> {
  const { chunks } = storeOf(runtime.database.reader, workspace)
  const found = new Map((await chunks.find([...new Set(digests)])).map((place) => [place.digest, place]))
  const places = digests.flatMap((digest) => found.get(digest) ?? [])
  if (places.length < digests.length) {
    throw problem['chunks-missing']({ count: digests.length - places.length, path })
  }
  const runs = neighbours(places)
  const opened: OpenedObject[] = []
  let done = 0
  try {
    // All packs are opened before the first byte goes out, so that a moved one can be looked for again.
    for (const [first] of runs) opened.push(await runtime.objects.open(packKey(workspace, first.pack)))
    for (const [index, run] of runs.entries()) {
      const pack = opened[index]
      if (pack === undefined) continue
      done = index + 1
      const last = run[run.length - 1] ?? run[0]
      const stream = await pack.read({ start: run[0].atBytes, end: last.atBytes + last.frameBytes - 1 })
      yield* framesIn(stream, path)
    }
  } finally {
    await Promise.all(opened.slice(done).map((pack) => pack.close()))
  }
}

async function* framesIn(stream: AsyncIterable<unknown>, path: string): AsyncGenerator<Frame> {
  const reader = createFrameReader()
  for await (const piece of stream) {
    try {
      yield* reader.push(piece as Uint8Array) // binary streams yield bytes
    } catch (error) {
      throw error instanceof RangeError ? problem['stored-bytes-damaged']({ path }, error) : error
    }
  }
}

type Run = readonly [ChunkPlace, ...ChunkPlace[]]

/** Chunks that follow each other in one pack. */
function neighbours(places: readonly ChunkPlace[]): Run[] {
  const runs: [ChunkPlace, ...ChunkPlace[]][] = []
  for (const place of places) {
    const run = runs.at(-1)
    const last = run?.at(-1)
    if (run !== undefined && last?.pack === place.pack && last.atBytes + last.frameBytes === place.atBytes)
      run.push(place)
    else runs.push([place])
  }
  return runs
}

/** The bytes of a file from its chunks, verified one by one; `range` is inclusive. Throws `datasets/stored-bytes-damaged`. */
export async function* readFile(
  runtime: Runtime,
  workspace: string,
  file: { readonly path: string; readonly chunks: readonly ChunkRef[] },
  range?: { readonly start: number; readonly end: number },
): AsyncGenerator<Uint8Array> {
  const { start = 0, end = Number.MAX_SAFE_INTEGER } = range ?? {}
  const wanted = chunksWithin(file.chunks, start, end)
  let index = 0
  const digests = wanted.map(({ digest }) => digest)
  for await (const frame of readFrames(runtime, workspace, digests, file.path)) {
    const bytes = unpackFrame(frame)
    const at = wanted[index]
    if (bytes === undefined || frame.head.digest !== at?.digest)
      throw problem['stored-bytes-damaged']({ path: file.path })
    index += 1
    yield bytes.subarray(Math.max(0, start - at.from), Math.min(bytes.byteLength, end - at.from + 1))
  }
}

/** The chunks that hold bytes `start` to `end`, with where each begins. */
function chunksWithin(chunks: readonly ChunkRef[], start: number, end: number): { digest: string; from: number }[] {
  const wanted: { digest: string; from: number }[] = []
  let from = 0
  for (const [digest, sizeBytes] of chunks) {
    if (from + sizeBytes > start && from <= end) wanted.push({ digest, from })
    from += sizeBytes
  }
  return wanted
}
