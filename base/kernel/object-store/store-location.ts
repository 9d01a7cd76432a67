import { fileURLToPath } from 'node:url'
import type { ObjectStore } from './object-store.ts'
import { objectProblem } from './object-store.ts'

/** A place for objects as people write it in a setting or an experiment's artifact location, taken apart. */
export type StoreLocation =
  | { readonly kind: 'disk'; readonly path: string }
  | ({ readonly kind: 's3' } & Bucket)
  | ({ readonly kind: 'google' } & Bucket)
  | {
      readonly kind: 'azure'
      /** Empty where the account comes from the credentials. */
      readonly account: string
      readonly container: string
      readonly prefix: string
      readonly options: URLSearchParams
    }

interface Bucket {
  readonly bucket: string
  readonly prefix: string
  readonly options: URLSearchParams
}

/** Opens the place a location names. */
export type OpenLocation = (location: StoreLocation) => Promise<ObjectStore>

/**
 * Reads `file:///folder`, an absolute folder, `s3://bucket/prefix?endpoint=…&region=…`, `gs://bucket/prefix`,
 * `wasbs://container@account.blob.core.windows.net/prefix` (or `azure://container/prefix`). Throws `objects/unknown-location`.
 */
export function parseLocation(text: string): StoreLocation {
  if (text.startsWith('/')) return { kind: 'disk', path: text }
  const url = URL.canParse(text) ? new URL(text) : undefined
  const found = url === undefined ? undefined : readers[url.protocol]?.(url)
  if (found === undefined) throw objectProblem['unknown-location']({ location: withoutSecrets(text) })
  return found
}

const readers: Readonly<Record<string, (url: URL) => StoreLocation | undefined>> = {
  'file:': (url) => {
    if (url.host !== '' && url.host !== 'localhost') return undefined
    // An encoded slash in a file URL names no file.
    return /%2f/i.test(url.pathname) ? undefined : { kind: 'disk', path: fileURLToPath(`file://${url.pathname}`) }
  },
  's3:': (url) => bucketOf('s3', url),
  's3a:': (url) => bucketOf('s3', url),
  'gs:': (url) => bucketOf('google', url),
  'wasb:': azureOf,
  'wasbs:': azureOf,
  'azure:': azureOf,
}

function bucketOf(kind: 's3' | 'google', url: URL): StoreLocation | undefined {
  if (url.host === '') return undefined
  return { kind, bucket: url.host, prefix: prefixOf(url), options: url.searchParams }
}

function azureOf(url: URL): StoreLocation | undefined {
  if (url.host === '') return undefined
  const named = { prefix: prefixOf(url), options: url.searchParams, kind: 'azure' as const }
  if (url.username === '') return { ...named, account: '', container: url.host }
  return { ...named, account: url.hostname.split('.')[0] ?? '', container: decodeURIComponent(url.username) }
}

function prefixOf(url: URL): string {
  return decodeURIComponent(url.pathname).replaceAll(/^\/+|\/+$/g, '')
}

function withoutSecrets(text: string): string {
  return text
    .replace(/\/\/[^@/]*@/, '//')
    .replace(/\?.*$/s, '')
    .slice(0, 200)
}
