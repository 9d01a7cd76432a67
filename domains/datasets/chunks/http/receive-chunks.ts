import { hash } from 'node:crypto'
import { Readable } from 'node:stream'
import { zstdDecompressSync } from 'node:zlib'
import { ref } from '@millrace/contract'
import type { CallContext, Runtime } from '@millrace/kernel'
import type { Frame } from '../../contract.ts'
import * as contract from '../../contract.ts'
import { recordPack, touchChunks } from '../actions/record-chunks.ts'
import type { ChunkPlace } from '../store/chunk-rows.ts'
import { storeOf } from '../../store/datasets.ts'
import { packKey } from './pack-key.ts'

const { problem } = contract

/** The largest upload of chunks, and the most chunks in one. */
const maximumBodyBytes = 64 * 1024 * 1024
const maximumChunks = 8192
/** A chunk that was touched so lately needs no new touch: it is far from any grace period's end. */
const freshMs = 30_000

/** Says which chunks are not here, and keeps the others for the grace period. */
export async function findMissing(
  runtime: Runtime,
  context: CallContext,
  input: { name: string; digests: readonly string[] },
): Promise<{ missing: string[] }> {
  const scope = runtime.runner.readScope(context)
  await runtime.authorize(scope, contract.findMissingChunks.needs.permission, ref('dataset', input.name))
  const found = await storeOf(runtime.database.reader, context.workspace).chunks.find([...new Set(input.digests)])
  const here = new Set(found.map(({ digest }) => digest))
  await keepTouched(runtime, context, input.name, found)
  return { missing: [...new Set(input.digests)].filter((digest) => !here.has(digest)) }
}

/** Marks chunks as used now, so that no collection takes them before their version is registered. */
export async function keepTouched(
  runtime: Runtime,
  context: CallContext,
  name: string,
  found: readonly { digest: string; touchedAtMs: number }[],
): Promise<void> {
  const old = found.filter(({ touchedAtMs }) => touchedAtMs < runtime.nowMs() - freshMs)
  // Few at a time: the writer does nothing else meanwhile.
  for (let at = 0; at < old.length; at += 2000) {
    const digests = old.slice(at, at + 2000).map(({ digest }) => digest)
    await runtime.runner.ingest(touchChunks, { name, digests }, context)
  }
}

/**
 * Stores the chunks of a body as one pack: verified one by one as they pass, durable and recorded before the answer.
 * All of them are kept or none. Throws `datasets/bad-chunks`.
 */
export async function receiveChunks(
  runtime: Runtime,
  context: CallContext,
  name: string,
  body: Readable | Uint8Array,
): Promise<{ chunks: number; storedBytes: number }> {
  const scope = runtime.runner.readScope(context)
  await runtime.authorize(scope, contract.uploadChunks.needs.permission, ref('dataset', name))
  const id = runtime.newHexId()
  const places: ChunkPlace[] = []
  const key = packKey(context.workspace, id)
  const stored = await runtime.objects.put(key, Readable.from(verified(body, id, places)))
  if (places.length === 0) {
    await runtime.objects.delete(key)
    throw problem['bad-chunks']({ reason: 'there are none' })
  }
  const { sizeBytes } = stored
  await runtime.runner.ingest(recordPack, { name, id, sizeBytes, places: unique(places) }, context)
  return { chunks: places.length, storedBytes: sizeBytes }
}

/** Hands frames on as they are, each only after its bytes were found to have its digest. */
async function* verified(body: Readable | Uint8Array, pack: string, places: ChunkPlace[]): AsyncGenerator<Uint8Array> {
  const reader = contract.createFrameReader()
  let received = 0
  let atBytes = 0
  for await (const piece of body instanceof Uint8Array ? [body] : body) {
    const bytes = piece as Uint8Array // binary streams yield bytes
    received += bytes.byteLength
    if (received > maximumBodyBytes) throw problem['bad-chunks']({ reason: 'they are more than 64 MiB together' })
    for (const frame of framesOf(reader, bytes)) {
      verify(frame)
      const frameBytes = frame.bytes.byteLength
      places.push({ digest: frame.head.digest, pack, atBytes, frameBytes, sizeBytes: frame.head.sizeBytes })
      if (places.length > maximumChunks) throw problem['bad-chunks']({ reason: `they are more than ${maximumChunks}` })
      atBytes += frameBytes
      yield frame.bytes
    }
  }
  if (reader.waitingBytes() > 0) throw problem['bad-chunks']({ reason: 'the last of them is cut off' })
}

function framesOf(reader: ReturnType<typeof contract.createFrameReader>, bytes: Uint8Array): Frame[] {
  try {
    return reader.push(bytes)
  } catch (error) {
    throw problem['bad-chunks']({ reason: error instanceof Error ? error.message : String(error) }, error)
  }
}

function verify(frame: Frame): void {
  const bytes = unpackFrame(frame)
  if (bytes === undefined)
    throw problem['bad-chunks']({ reason: `chunk ${frame.head.digest} does not match its digest` })
}

/** The bytes of a chunk; undefined when they are not those of its digest. */
export function unpackFrame({ head, bytes }: Frame): Uint8Array | undefined {
  const body = bytes.subarray(contract.frameHeadBytes)
  const plain = head.zstd ? unpack(body, head.sizeBytes) : body
  if (plain === undefined || plain.byteLength !== head.sizeBytes) return undefined
  return hash('sha256', plain, 'hex') === head.digest ? plain : undefined
}

function unpack(body: Uint8Array, sizeBytes: number): Uint8Array | undefined {
  try {
    // A bomb stops at the size it claims, which is that of a chunk at most.
    return zstdDecompressSync(body, { maxOutputLength: sizeBytes })
  } catch {
    return undefined
  }
}

function unique(places: readonly ChunkPlace[]): ChunkPlace[] {
  return [...new Map(places.map((place) => [place.digest, place])).values()]
}
