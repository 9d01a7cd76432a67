import { createHash } from 'node:crypto'
import { Problem } from '@millrace/contract'
import type { ApiClient } from '@millrace/terminal'
import type { ArtifactOwner, SourceFile } from '../source.ts'
import type { Importing } from './importing.ts'
import { inParallel } from './importing.ts'

interface Entry {
  readonly path: string
  readonly sizeBytes: number | null
  readonly digest: string | null
}

interface Stored {
  readonly digest: string
  readonly sizeBytes: number
}

/** Files below this size are sent in one piece. */
const smallBytes = 1024 * 1024

/** Copies the files of a run or a logged model that are not here yet. False where some of them could not be taken. */
export async function copyArtifacts(importing: Importing, owner: ArtifactOwner): Promise<boolean> {
  const { source, api, report } = importing
  const found = await source.artifacts(owner)
  if ('unreachable' in found) {
    report.leave(`artifacts of ${owner.kind}`, owner.id, found.unreachable)
    return false
  }
  if (found.files.length === 0) return true
  const here = await stored(api, owner)
  let isAll = true
  await inParallel(found.files, 4, async (file) => {
    try {
      await copyFile(importing, owner, file, here.get(file.path))
    } catch (error) {
      if (error instanceof Problem && error.status >= 500) throw error
      isAll = false
      report.leave(`artifact of ${owner.kind}`, `${owner.id} ${file.path}`, sentenceOf(error))
    }
  })
  return isAll
}

async function stored(api: ApiClient, { kind, id }: ArtifactOwner): Promise<Map<string, Entry>> {
  const path = `/runs/${encodeURIComponent(id)}/artifacts`
  const { items } = await api.get<{ items: Entry[] }>(path, { owner: kind, recursive: true })
  return new Map(items.map((entry) => [entry.path, entry]))
}

async function copyFile(
  { api, report }: Importing,
  owner: ArtifactOwner,
  file: SourceFile,
  here: Entry | undefined,
): Promise<void> {
  if (here !== undefined && here.sizeBytes === file.sizeBytes && (await digestOf(file)) === here.digest) {
    report.count('artifacts', 'same')
    return
  }
  const hash = createHash('sha256')
  const path = `/${owner.kind}s/${encodeURIComponent(owner.id)}/artifacts/${file.path.split('/').map(encodeURIComponent).join('/')}`
  const headers = { 'content-type': 'application/octet-stream' }
  const response = await api.raw('PUT', path, { body: await bodyOf(file, hash), headers })
  const answer = (await response.json()) as Stored // the contract of the address
  const digest = `sha256:${hash.digest('hex')}`
  if (answer.digest !== digest)
    throw new Error(`what arrived has the digest ${answer.digest}, what was read has ${digest}`)
  report.count('artifacts', 'made')
  report.artifactBytes += answer.sizeBytes
}

async function digestOf(file: SourceFile): Promise<string> {
  const hash = createHash('sha256')
  for await (const part of await file.open()) hash.update(part)
  return `sha256:${hash.digest('hex')}`
}

/** The bytes, small ones in one piece, others as they are read; all of them go through the hash. */
async function bodyOf(
  file: SourceFile,
  hash: ReturnType<typeof createHash>,
): Promise<NonNullable<RequestInit['body']>> {
  const parts = (await file.open())[Symbol.asyncIterator]()
  if (file.sizeBytes <= smallBytes) {
    const gathered: Uint8Array[] = []
    for (let next = await parts.next(); next.done !== true; next = await parts.next()) gathered.push(next.value)
    const bytes = Buffer.concat(gathered)
    hash.update(bytes)
    return bytes
  }
  return new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const next = await parts.next()
      if (next.done === true) {
        controller.close()
        return
      }
      hash.update(next.value)
      controller.enqueue(next.value)
    },
    cancel: async () => void (await parts.return?.()),
  })
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
