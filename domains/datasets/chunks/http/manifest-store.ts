import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { createZstdCompress, createZstdDecompress } from 'node:zlib'
import type { Runtime } from '@millrace/kernel'
import type { DatasetVersion, FileEntry, Manifest, ManifestEntry, ManifestHead } from '../../contract.ts'
import * as contract from '../../contract.ts'
import { storeOf } from '../../store/datasets.ts'
import { manifestFolder } from './pack-key.ts'

const { problem } = contract

/** A manifest as it is sent, in bytes. */
const maximumManifestBytes = 512 * 1024 * 1024
const keptManifests = 4

/** Reads a manifest as it is sent: its head and its entries. Throws `datasets/bad-manifest`. */
export async function parseManifest(
  body: Readable | Uint8Array,
): Promise<{ head: ManifestHead; entries: ManifestEntry[] }> {
  let head: ManifestHead | undefined
  const entries: ManifestEntry[] = []
  for await (const line of linesOf(body, maximumManifestBytes)) {
    if (head === undefined) head = parsed(contract.ManifestHead, line, 1)
    else entries.push(parsed(contract.ManifestEntry, line, entries.length + 2))
    if (entries.length > contract.maximumEntries)
      throw problem['bad-manifest']({ reason: `it names more than ${contract.maximumEntries} files` })
  }
  if (head === undefined) throw problem['bad-manifest']({ reason: 'it is empty' })
  const reason = contract.faultOf(entries)
  if (reason !== undefined) throw problem['bad-manifest']({ reason: reason.slice(0, 500) })
  return { head, entries: entries.toSorted((a, b) => (a.path < b.path ? -1 : 1)) }
}

function parsed<T>(schema: { safeParse(value: unknown): Parsed<T> }, line: string, number: number): T {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (error) {
    throw problem['bad-manifest']({ reason: `line ${number} is no JSON` }, error)
  }
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const where = issue?.path.map(String).join('.') ?? ''
  throw problem['bad-manifest']({ reason: `line ${number}, ${where}: ${issue?.message ?? 'is wrong'}`.slice(0, 500) })
}

type Parsed<T> =
  | { readonly success: true; readonly data: T }
  | {
      readonly success: false
      readonly error: {
        readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[]
      }
    }

/** Lines of UTF-8 text that comes in pieces. Throws `datasets/bad-manifest` beyond the limit. */
async function* linesOf(body: Readable | Uint8Array, limitBytes: number): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: false })
  let rest = ''
  let received = 0
  for await (const piece of body instanceof Uint8Array ? [body] : body) {
    const bytes = piece as Uint8Array // binary streams yield bytes
    received += bytes.byteLength
    if (received > limitBytes) throw problem['bad-manifest']({ reason: `it is longer than ${limitBytes} bytes` })
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line !== '') yield line
  }
  if (rest !== '') yield rest
}

/** Stores a manifest under its workspace; gives its key. The same entries lie at the same key. */
export async function putManifest(runtime: Runtime, workspace: string, manifest: Manifest): Promise<string> {
  const lines = Readable.from(linesIn(manifest)).pipe(createZstdCompress())
  const { key } = await runtime.objects.putContent(manifestFolder(workspace), lines)
  return key
}

/** A manifest as lines of JSON, some hundred kilobytes at a time. */
export function* linesIn(manifest: Manifest): Generator<string> {
  let lines = ''
  for (const entry of manifest.entries) {
    lines += `${JSON.stringify(entry)}\n`
    if (lines.length < 262_144) continue
    yield lines
    lines = ''
  }
  if (lines !== '') yield lines
}

/** Manifests by their key, the last few kept in memory: a pull asks for one hundreds of times. */
const kept = new WeakMap<Runtime, Map<string, Promise<Manifest>>>()

/** The manifest of a version in chunks. */
export async function manifestOf(runtime: Runtime, workspace: string, version: DatasetVersion): Promise<Manifest> {
  const places = await storeOf(runtime.database.reader, workspace).versions.places(version.id)
  if (places === undefined) throw problem['version-not-found']({ what: version.id })
  return places.manifest === null ? manifestOfWhole(version) : manifestAt(runtime, places.manifest)
}

/** The manifest at a key. */
export function manifestAt(runtime: Runtime, key: string): Promise<Manifest> {
  const mine = kept.get(runtime) ?? new Map<string, Promise<Manifest>>()
  kept.set(runtime, mine)
  const found = mine.get(key) ?? readManifest(runtime, key)
  mine.delete(key)
  mine.set(key, found)
  found.catch(() => mine.delete(key))
  for (const old of mine.keys()) if (mine.size > keptManifests) mine.delete(old)
  return found
}

async function readManifest(runtime: Runtime, key: string): Promise<Manifest> {
  const entries: ManifestEntry[] = []
  const plain = (await runtime.objects.get(key)).compose(createZstdDecompress()) as unknown as Readable // compose gives a Duplex
  // It was checked when it was registered.
  for await (const line of linesOf(plain, Number.MAX_SAFE_INTEGER)) entries.push(JSON.parse(line) as ManifestEntry)
  return { entries }
}

/** A version of whole files in a manifest's form; its files have no chunks of their own to fetch. */
function manifestOfWhole(version: DatasetVersion): Manifest {
  return { entries: version.files.map(({ path, digest, sizeBytes }) => ({ path, digest, sizeBytes })) }
}

/** The digest of the list of a file's chunks. */
export function recipeOf(file: FileEntry): string {
  const sum = createHash('sha256')
  for (const [digest] of contract.chunksOf(file)) sum.update(digest)
  return sum.digest('hex')
}
