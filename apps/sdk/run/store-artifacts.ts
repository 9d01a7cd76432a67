import type { Api } from '../http/api.ts'
import { MillraceError } from '../http/millrace-error.ts'
import { storeInParts } from './store-in-parts.ts'
import type { Platform, Source, Upload } from './platform.ts'

/** An artifact as the server has it. `digest` is `sha256:` and 64 hexadecimal digits. */
export interface StoredArtifact {
  readonly path: string
  readonly digest: string
  readonly sizeBytes: number
}

interface Wanted {
  readonly runId: string
  readonly source: Source
  /** The artifact's path; a folder's files lie below it. */
  readonly name: string | undefined
  readonly signal: AbortSignal | undefined
}

const uploadsAtOnce = 4
/** Asking whether a file is there already costs a request; a smaller file is sent as fast. */
const worthAsking = 1 << 20
/** A larger file goes in parts, so that an upload that breaks off goes on where it was, also in another process. */
const wholeUpToBytes = 64 * 1024 * 1024

/**
 * Uploads a source, all files of a folder. Files that are there already with the same bytes are not sent again, so that
 * the same call continues what was broken off, a file of more than 64 MiB in its middle. Throws `sdk/wrong-digest`, or
 * `experiment-tracking/wrong-digest` for such a file, where something else arrived than was read before.
 */
export async function storeArtifacts(api: Api, platform: Platform, wanted: Wanted): Promise<StoredArtifact[]> {
  const name = nameFor(platform, wanted)
  const { files, done } = await platform.uploads(wanted.source)
  try {
    const known = await knownDigests(api, wanted, name, files)
    const stored: StoredArtifact[] = []
    const left = files.entries()
    const work = async () => {
      for (const [index, file] of left) {
        const path = [name, file.path].filter(Boolean).join('/')
        stored[index] = await storeOne(api, { ...wanted, path, file, known: known.get(path) })
      }
    }
    await Promise.all(Array.from({ length: uploadsAtOnce }, work))
    return stored
  } finally {
    await done()
  }
}

/** Without a slash at its end. An address with `..` would lead to something else before it is sent. */
function nameFor(platform: Platform, { name, source }: Wanted): string {
  const wanted = (name ?? platform.nameOf(source) ?? '').replace(/\/+$/, '')
  if (wanted === '') throw new TypeError('Give the artifact a name: what you upload has none.')
  if (wanted.split('/').some((part) => part === '' || part === '.' || part === '..'))
    throw new TypeError(`"${wanted}" cannot be the name of an artifact: it is a relative path without "." and "..".`)
  return wanted
}

interface OneFile extends Wanted {
  readonly path: string
  readonly file: Upload
  readonly known: string | undefined
}

async function storeOne(api: Api, { runId, path, file, known, signal }: OneFile): Promise<StoredArtifact> {
  signal?.throwIfAborted()
  const digest = await file.digest()
  if (known === digest) return { path, digest, sizeBytes: file.sizeBytes }
  if (file.sizeBytes > wholeUpToBytes)
    return storeInParts(api, { folder: `/runs/${runId}`, path, file, digest, signal })
  const address = `/runs/${runId}/artifacts/${path.split('/').map(encodeURIComponent).join('/')}`
  const stored = await api.request<StoredArtifact>('PUT', address, { content: file, signal })
  if (stored.digest === digest) return stored
  const said = `Of ${path} other bytes arrived than were read before (${stored.digest} instead of ${digest}).`
  throw new MillraceError('sdk/wrong-digest', 0, `${said} Was it changed meanwhile? Upload it again.`)
}

async function knownDigests(
  api: Api,
  { runId, signal }: Wanted,
  name: string,
  files: readonly Upload[],
): Promise<ReadonlyMap<string, string>> {
  const isFolder = files.some(({ path }) => path !== '')
  if (!isFolder && !files.some(({ sizeBytes }) => sizeBytes >= worthAsking)) return new Map()
  const folder = isFolder ? name : name.split('/').slice(0, -1).join('/')
  const query = new URLSearchParams({ path: folder, recursive: String(isFolder) })
  const { items } = await api.request<{ items: { path: string; digest: string | null }[] }>(
    'GET',
    `/runs/${runId}/artifacts?${query.toString()}`,
    { signal },
  )
  return new Map(items.flatMap(({ path, digest }) => (digest === null ? [] : [[path, digest] as const])))
}
