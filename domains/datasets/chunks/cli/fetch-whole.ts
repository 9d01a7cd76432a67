import { createWriteStream } from 'node:fs'
import { chmod, mkdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { hash } from 'node:crypto'
import { Problem } from '@millrace/contract'
import type { ApiClient } from '@millrace/terminal'
import type { DatasetVersion, FileEntry } from '../../contract.ts'
import type { FetchOptions } from './fetch-files.ts'
import { createPool } from './fetch-files.ts'
import { partsFolder } from './folder-state.ts'
import { streamOf } from './manifest-client.ts'
import { digestOf } from './plan-checkout.ts'
import { stubborn } from './upload-files.ts'

const parallel = 4

/** Fetches whole files: of versions that were uploaded so, and of data in place, which comes from its source by the server. */
export async function fetchWhole(
  api: ApiClient,
  version: DatasetVersion,
  files: readonly FileEntry[],
  options: FetchOptions,
): Promise<void> {
  const pool = createPool(parallel)
  // Without a look at the bytes there is no digest of them; size and entity tag were compared by the server.
  const verifies = version.source?.verified !== false
  for (const entry of files) await pool.run(() => fetchFile(api, version, entry, options, verifies))
  await pool.end()
}

async function fetchFile(
  api: ApiClient,
  version: DatasetVersion,
  entry: FileEntry,
  options: FetchOptions,
  verifies: boolean,
): Promise<void> {
  const part = join(
    options.folder,
    partsFolder,
    `${entry.digest.slice(7)}-${hash('sha256', entry.path, 'hex').slice(0, 12)}`,
  )
  await mkdir(dirname(part), { recursive: true })
  await stubborn(() => receive(api, version, entry, part, options, verifies))
  const sizeBytes = (await stat(part)).size
  if (sizeBytes !== entry.sizeBytes || (verifies && (await digestOf(part)) !== entry.digest)) {
    await rm(part, { force: true })
    throw new Problem(
      'client/damaged',
      502,
      `What came of "${entry.path}" is not what ${version.dataset}@${version.version} names. Fetch it again.`,
    )
  }
  await options.makeFolders(entry.path)
  await chmod(part, 0o644)
  await rename(part, join(options.folder, entry.path))
}

async function receive(
  api: ApiClient,
  version: DatasetVersion,
  entry: FileEntry,
  part: string,
  { figures, moved }: FetchOptions,
  verifies: boolean,
): Promise<void> {
  const here = (await stat(part).catch(() => undefined))?.size ?? 0
  // Only bytes with a digest can be put together from two answers.
  const from = verifies && here < entry.sizeBytes ? here : 0
  if (verifies && here === entry.sizeBytes && here > 0) return
  const path = entry.path.split('/').map(encodeURIComponent).join('/')
  const headers: Record<string, string> = from > 0 ? { range: `bytes=${from}-` } : {}
  const response = await api.raw('GET', `/dataset-versions/${version.id}/files/${path}`, { headers })
  const goesOn = response.status === 206
  await pipeline(
    streamOf(response),
    async function* (pieces: AsyncIterable<Uint8Array>) {
      for await (const piece of pieces) {
        figures.receivedBytes += piece.byteLength
        figures.doneBytes += piece.byteLength
        moved()
        yield piece
      }
    },
    createWriteStream(part, { flags: goesOn ? 'a' : 'w' }),
  )
}
