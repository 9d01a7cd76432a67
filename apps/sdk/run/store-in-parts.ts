import type { Api } from '../http/api.ts'
import { MillraceError } from '../http/millrace-error.ts'
import type { Upload } from './platform.ts'

/** A file that goes to the server in parts. */
export interface InParts {
  /** The address of whose artifact it is: `/runs/<id>`. */
  readonly folder: string
  readonly path: string
  readonly file: Upload
  readonly digest: string
  readonly signal: AbortSignal | undefined
}

interface Begun {
  readonly id: string
  readonly sizeBytes: number
  readonly partBytes: number
  /** So many bytes are safe. */
  readonly offset: number
}

interface Stored {
  readonly path: string
  readonly digest: string
  readonly sizeBytes: number
}

/** Uploads a file in parts, from where an upload of the same file broke off. Each part is sent again until it is there. */
export async function storeInParts(api: Api, wanted: InParts): Promise<Stored> {
  const { folder, path, file, digest, signal } = wanted
  const uploads = `${folder}/uploads`
  const body = { path, sizeBytes: file.sizeBytes, digest }
  let upload = await api.request<Begun>('POST', uploads, { body, signal, repeatable: true })
  const address = `${uploads}/${upload.id}`
  while (upload.offset < upload.sizeBytes) upload = await sendPart(api, address, wanted, upload)
  // The server reads the whole once more before it shows it.
  return api.request<Stored>('POST', `${address}/complete`, {
    body: { digest },
    signal,
    repeatable: true,
    isSlow: true,
  })
}

async function sendPart(api: Api, address: string, { file, signal }: InParts, upload: Begun): Promise<Begun> {
  signal?.throwIfAborted()
  const { offset, partBytes, sizeBytes } = upload
  const { bytes, digest } = await file.part(offset, Math.min(partBytes, sizeBytes - offset))
  const headers = { 'upload-offset': String(offset), 'content-digest': `sha-256=:${base64Of(digest)}:` }
  const content = { open: () => new Blob([bytes]) }
  try {
    return await api.request<Begun>('PATCH', address, { content, headers, signal })
  } catch (error) {
    // The part is there although its answer was lost, or somebody else sends the same file.
    if (!(error instanceof MillraceError) || error.code !== 'experiment-tracking/upload-offset') throw error
    return api.request<Begun>('GET', address, { signal })
  }
}

/** The bytes of `sha256:<hex>` as base64. */
function base64Of(digest: string): string {
  const pairs = digest.slice('sha256:'.length).match(/../g) ?? []
  return btoa(String.fromCharCode(...pairs.map((pair) => Number.parseInt(pair, 16))))
}
