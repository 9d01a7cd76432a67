import { Readable } from 'node:stream'
import { ref } from '@millrace/contract'
import type { CallContext, ObjectInfo, Runtime } from '@millrace/kernel'
import { parseInput } from '@millrace/kernel'
import * as contract from '../../contract.ts'
import { isBeingRegistered } from '../../http/register-version.ts'
import { storeOf } from '../../store/datasets.ts'
import { wholeDigests } from '../../store/whole-files.ts'
import { collectPack, recordCollection } from '../actions/collect-pack.ts'
import type { ChunkPlace } from '../store/chunk-rows.ts'
import { manifestAt } from './manifest-store.ts'
import { manifestFolder, packFolder, packKey } from './pack-key.ts'
import { readFrames } from './read-chunks.ts'

/** A pack of which less than this share is needed is written anew without the rest. */
const worthKeeping = 0.5

interface Round {
  readonly runtime: Runtime
  readonly context: CallContext
  readonly dryRun: boolean
  /** What was touched or written since is spared. */
  readonly beforeMs: number
  readonly freed: { chunks: number; files: number; bytes: number; waiting: number; kept: number }
}

/**
 * Frees chunks, manifests and whole files that no version names; what was uploaded or asked for within the grace period
 * stays, so that an upload under way loses nothing. A version that something holds exists, so its bytes are named.
 */
export async function collectGarbage(runtime: Runtime, context: CallContext, input: unknown) {
  const { dryRun, graceMs } = parseInput(contract.collectGarbage, input)
  const scope = runtime.runner.readScope(context)
  await runtime.authorize(scope, contract.collectGarbage.needs.permission, ref('workspace', context.workspace))
  const freed = { chunks: 0, files: 0, bytes: 0, waiting: 0, kept: 0 }
  // Taken before anything is read: what comes after it is spared by its time.
  const round: Round = { runtime, context, dryRun, beforeMs: runtime.nowMs() - graceMs, freed }
  const { chunks, manifests } = await namedByVersions(round)
  await collectPacks(round, chunks)
  await collectObjects(round, manifestFolder(context.workspace), ({ key }) => manifests.has(key))
  await collectWholeFiles(round)
  const { bytes: freedBytes, waiting: waitingBytes, kept: keptBytes } = freed
  if (!dryRun)
    await runtime.runner.act(recordCollection, { chunks: freed.chunks, files: freed.files, freedBytes }, context)
  return { dryRun, chunks: freed.chunks, files: freed.files, freedBytes, waitingBytes, keptBytes }
}

async function namedByVersions({ runtime, context }: Round) {
  const chunks = new Set<string>()
  const manifests = new Set<string>()
  const { versions } = storeOf(runtime.database.reader, context.workspace)
  for (let after = ''; ;) {
    const rows = await versions.manifestsAfter(after, 100)
    for (const { manifest } of rows) {
      if (manifest === null || manifests.has(manifest)) continue
      manifests.add(manifest)
      const { entries } = await manifestAt(runtime, manifest)
      for (const file of entries.filter(contract.isFile)) {
        for (const [digest] of contract.chunksOf(file)) chunks.add(digest)
      }
    }
    const last = rows.at(-1)
    if (last === undefined) return { chunks, manifests }
    after = last.id
  }
}

async function collectPacks(round: Round, named: ReadonlySet<string>): Promise<void> {
  const { runtime, context, beforeMs, freed } = round
  const { chunks } = storeOf(runtime.database.reader, context.workspace)
  const known = new Set<string>()
  for (const pack of await chunks.packs()) {
    known.add(packKey(context.workspace, pack.id))
    const places = await chunks.ofPack(pack.id)
    const isDead = (place: ChunkPlace & { touchedAtMs: number }) =>
      !named.has(place.digest) && place.touchedAtMs < beforeMs
    const dead = places.filter(isDead)
    const needed = places.filter((place) => !isDead(place))
    const keptBytes = bytesOf(needed)
    const goes = pack.created_at_ms < beforeMs && keptBytes < pack.size_bytes * worthKeeping
    const unnamed = bytesOf(needed.filter(({ digest }) => !named.has(digest)))
    freed.kept += keptBytes - unnamed
    freed.waiting += unnamed
    if (!goes) {
      freed.waiting += pack.size_bytes - keptBytes
      continue
    }
    freed.bytes += pack.size_bytes - keptBytes
    freed.chunks += dead.length
    if (round.dryRun) continue
    const moved = await collectOne(round, pack.id, dead, needed)
    if (moved !== undefined) known.add(packKey(context.workspace, moved))
  }
  // What was written, but never recorded: an upload that broke off between the two.
  await collectObjects(round, packFolder(context.workspace), ({ key }) => known.has(key))
}

/** Gives the id of the pack that what is needed lies in now. */
async function collectOne(
  { runtime, context, beforeMs }: Round,
  pack: string,
  dead: readonly ChunkPlace[],
  needed: readonly ChunkPlace[],
): Promise<string | undefined> {
  const digests = dead.map(({ digest }) => digest)
  const moved = needed.length === 0 ? undefined : await copyFrames(runtime, context.workspace, needed)
  const input = { pack, dead: digests, untouchedSinceMs: beforeMs, ...(moved === undefined ? {} : { moved }) }
  const { empty } = await runtime.runner.ingest(collectPack, input, context)
  // A chunk that somebody touched in between stays, and so does its pack.
  if (empty) await runtime.objects.delete(packKey(context.workspace, pack))
  return moved?.id
}

async function copyFrames(runtime: Runtime, workspace: string, needed: readonly ChunkPlace[]) {
  const id = runtime.newHexId()
  const places: ChunkPlace[] = []
  let atBytes = 0
  async function* frames() {
    const digests = needed.map(({ digest }) => digest)
    for await (const { head, bytes } of readFrames(runtime, workspace, digests, 'a pack')) {
      const { digest, sizeBytes } = head
      places.push({ digest, pack: id, atBytes, frameBytes: bytes.byteLength, sizeBytes })
      atBytes += bytes.byteLength
      yield bytes
    }
  }
  const { sizeBytes } = await runtime.objects.put(packKey(workspace, id), Readable.from(frames()))
  return { id, sizeBytes, places }
}

const bytesOf = (places: readonly ChunkPlace[]) => places.reduce((sum, { frameBytes }) => sum + frameBytes, 0)

/** Frees objects below a folder that nothing names. */
async function collectObjects(round: Round, folder: string, isNamed: (found: ObjectInfo) => boolean): Promise<void> {
  const { runtime, freed, beforeMs, dryRun } = round
  for await (const found of runtime.objects.list(folder)) {
    if (isNamed(found)) continue
    // Looked at again: the same content may just have been written anew.
    const now = await runtime.objects.stat(found.key)
    if (now === undefined) continue
    if (now.modifiedAtMs >= beforeMs) {
      freed.waiting += now.sizeBytes
      continue
    }
    freed.bytes += now.sizeBytes
    freed.files += 1
    if (!dryRun) await runtime.objects.delete(found.key)
  }
}

async function collectWholeFiles(round: Round): Promise<void> {
  const { runtime, freed } = round
  const named = await wholeDigests(runtime.database.reader)
  const digestOf = (key: string) => `sha256:${key.slice(key.lastIndexOf('/') + 1)}`
  for await (const { key } of runtime.objects.list('datasets', { recursive: false })) {
    if (!/^datasets\/[0-9a-f]{2}\/$/.test(key)) continue
    await collectObjects(round, key.slice(0, -1), (found) => {
      const isNamed = named.has(digestOf(found.key)) || isBeingRegistered(runtime, digestOf(found.key))
      if (isNamed) freed.kept += found.sizeBytes
      return isNamed
    })
  }
}
