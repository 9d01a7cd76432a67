import { createHash, hash } from 'node:crypto'
import { zstdCompressSync } from 'node:zlib'
import type { TestKernel } from '@millrace/kernel/testing'
import type { ChunkRef, DatasetVersion, FileEntry, ManifestEntry, ManifestHead } from '../contract.ts'
import { chunkSizesFor, cutPoint, writeFrameHead } from '../contract.ts'

const root = '/api/millrace/v1/w/default'

/** Bytes that do not shrink, the same for the same seed. */
export function noise(seed: string, sizeBytes: number): Buffer {
  const parts: Buffer[] = []
  for (let at = 0; at < sizeBytes; at += 32) parts.push(createHash('sha256').update(`${seed} ${at}`).digest())
  return Buffer.concat(parts).subarray(0, sizeBytes)
}

/** A chunk as it is sent. */
export function frameOf(bytes: Uint8Array, options: { zstd?: boolean; digest?: string } = {}): Buffer {
  const body = options.zstd === true ? zstdCompressSync(bytes) : bytes
  const digest = options.digest ?? hash('sha256', bytes)
  const head = { digest, sizeBytes: bytes.byteLength, storedBytes: body.byteLength, zstd: options.zstd === true }
  return Buffer.concat([writeFrameHead(head), body])
}

/** A file's entry and its chunks. */
export function cutEntry(path: string, bytes: Buffer): { entry: FileEntry; chunks: Buffer[] } {
  const chunks: Buffer[] = []
  for (let at = 0; at < bytes.length;) {
    const end = cutPoint(bytes, at, bytes.length, chunkSizesFor(bytes.length))
    chunks.push(bytes.subarray(at, end))
    at = end
  }
  const refs = chunks.map((chunk): ChunkRef => [hash('sha256', chunk), chunk.length])
  const entry = { path, digest: `sha256:${hash('sha256', bytes)}`, sizeBytes: bytes.length }
  return { chunks, entry: refs.length > 1 ? { ...entry, chunks: refs } : entry }
}

/** Uploads chunks over HTTP; gives the answer. */
export function sendChunks(t: TestKernel, name: string, body: Buffer) {
  return t.app.inject({
    method: 'POST',
    url: `${root}/datasets/${encodeURIComponent(name)}/chunks`,
    headers: { 'content-type': 'application/octet-stream' },
    payload: body,
  })
}

/** Registers a manifest over HTTP; gives the answer. */
export function sendEntries(
  t: TestKernel,
  name: string,
  entries: readonly unknown[],
  head: Partial<ManifestHead> = {},
) {
  return t.app.inject({
    method: 'POST',
    url: `${root}/datasets/${encodeURIComponent(name)}/manifests`,
    headers: { 'content-type': 'application/x-ndjson' },
    payload: [head, ...entries].map((line) => JSON.stringify(line)).join('\n'),
  })
}

/** Asks which chunks are missing, sends those and registers; gives the version. */
export async function pushFiles(
  t: TestKernel,
  name: string,
  files: Readonly<Record<string, Buffer | string>>,
  head: Partial<ManifestHead> = {},
  links: readonly ManifestEntry[] = [],
): Promise<DatasetVersion & { sentChunks: number }> {
  const cut = Object.entries(files).map(([path, content]) => cutEntry(path, Buffer.from(content)))
  const chunks = new Map(cut.flatMap((file) => file.chunks).map((chunk) => [hash('sha256', chunk), chunk]))
  const url = `${root}/datasets/${encodeURIComponent(name)}/missing-chunks`
  const asked = await t.app.inject({ method: 'POST', url, payload: { digests: [...chunks.keys()] } })
  const { missing } = asked.json<{ missing: string[] }>()
  if (missing.length > 0) {
    const sent = await sendChunks(
      t,
      name,
      Buffer.concat(missing.map((digest) => frameOf(chunks.get(digest) ?? Buffer.alloc(0)))),
    )
    if (sent.statusCode !== 200) throw new Error(sent.body)
  }
  const answer = await sendEntries(t, name, [...cut.map(({ entry }) => entry), ...links], head)
  if (answer.statusCode !== 200) throw new Error(answer.body)
  return { ...answer.json<DatasetVersion>(), sentChunks: missing.length }
}
