import { canonicalJson } from '@millrace/contract'
import { createHash } from 'node:crypto'

/** The digest of a version: SHA-256 over the canonical JSON of its files' paths and digests, sorted by path. */
export function versionDigest(files: readonly { path: string; digest: string }[]): string {
  const listed = files.map(({ path, digest }) => [path, digest] as const).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `sha256:${createHash('sha256').update(canonicalJson(listed)).digest('hex')}`
}
