import { createHash } from 'node:crypto'
import { canonicalJson } from '@millrace/contract'
import type { CacheIdentity } from '../model/cache.ts'

/** The key under which a result is kept: a digest over all that it stands for. */
export function cacheKey(identity: CacheIdentity): string {
  return `sha256:${createHash('sha256').update(canonicalJson(identity)).digest('hex')}`
}
