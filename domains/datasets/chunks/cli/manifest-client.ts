import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { Problem } from '@millrace/contract'
import type { ApiClient } from '@millrace/terminal'
import type { DatasetVersion, ManifestEntry, ManifestHead } from '../../contract.ts'
import { faultOf, ManifestEntry as Entry } from '../../contract.ts'
import { stubborn } from './upload-files.ts'

/** A reference as people type it here: `flights`, `flights@v3`, `datasets:/flights@v3` or an id. */
export function referenceOf(text: string): string {
  return text.startsWith('datasets:') || /^dsv_[0-9a-z]+$/.test(text) ? text : `datasets:/${text}`
}

/** The version that a reference means. */
export function findVersion(api: ApiClient, text: string): Promise<DatasetVersion> {
  return api.get<DatasetVersion>('/dataset-versions', { reference: referenceOf(text) })
}

/** The entries of a version, judged again: what a server says may not lead out of the folder they are written to. */
export async function fetchManifest(api: ApiClient, version: DatasetVersion): Promise<ManifestEntry[]> {
  const response = await api.raw('GET', `/dataset-versions/${version.id}/manifest`)
  const entries: ManifestEntry[] = []
  const lines = createInterface({ input: streamOf(response), crlfDelay: Infinity })
  for await (const line of lines) {
    const result = line === '' ? undefined : Entry.safeParse(JSON.parse(line))
    if (result?.success === true) entries.push(result.data)
    else if (result !== undefined) throw bad(version, result.error.issues[0]?.message ?? 'an entry is wrong')
  }
  const fault = faultOf(entries, version.storage === 'chunks')
  if (fault !== undefined) throw bad(version, fault)
  return entries
}

function bad(version: DatasetVersion, reason: string): Problem {
  const sentence = `The manifest of ${version.dataset}@${version.version} is not safe to follow: ${reason}. Nothing was written.`
  return new Problem('client/bad-manifest', 502, sentence)
}

/** The body of an answer as Node's stream. */
export function streamOf(response: Response): Readable {
  return response.body === null ? Readable.from([]) : Readable.fromWeb(response.body)
}

/** Registers a manifest whose chunks are uploaded. */
export async function sendManifest(
  api: ApiClient,
  name: string,
  head: Partial<ManifestHead>,
  entries: readonly ManifestEntry[],
): Promise<DatasetVersion> {
  const body = [head, ...entries].map((line) => JSON.stringify(line)).join('\n')
  const path = `/datasets/${encodeURIComponent(name)}/manifests`
  const headers = { 'content-type': 'application/x-ndjson' }
  const response = await stubborn(() => api.raw('POST', path, { body, headers }))
  return (await response.json()) as DatasetVersion // the route's answer
}
