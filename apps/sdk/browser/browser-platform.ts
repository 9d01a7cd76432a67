import type { EndListener, Platform, Source, Upload } from '../run/platform.ts'
import { memorySpools } from '../spool/spool.ts'
import { indexedDbSpools } from './indexed-db-spools.ts'
import { sha256 } from './sha256.ts'

/** What browsers and their workers have. */
export const browserPlatform: Platform = {
  setting: () => undefined,
  get defaultUrl() {
    const { location } = globalThis as { location?: { origin?: string } } // absent in some workers
    return location?.origin?.startsWith('http') === true ? location.origin : 'http://127.0.0.1:7400'
  },
  spools: async (target) => (await indexedDbSpools(target)) ?? memorySpools,
  code: async () => undefined,
  uploads: async (source) => ({ files: [uploadOf(await blobOf(source))], done: async () => {} }),
  nameOf: (source) => (source instanceof Blob && 'name' in source ? String(source.name) : undefined),
  machine: () => undefined,
  onEnd: watchPage,
}

/** A Blob as an upload; its digest is computed without holding it. */
export function uploadOf(blob: Blob): Upload {
  return {
    path: '',
    sizeBytes: blob.size,
    open: () => blob,
    digest: async () => `sha256:${await sha256(blob.stream())}`,
    part: async (start, wanted) => {
      const part = blob.slice(start, start + wanted)
      const bytes = new Uint8Array(await part.arrayBuffer())
      return { bytes, digest: `sha256:${await sha256(part.stream())}` }
    },
  }
}

async function blobOf(source: Source): Promise<Blob> {
  if (source instanceof Blob) return source
  if (source instanceof Uint8Array) return new Blob([source])
  if (source instanceof ReadableStream) return new Response(source).blob()
  throw new TypeError('A browser has no files of the machine: give a Blob, bytes or a stream as an artifact.')
}

interface Page {
  addEventListener(type: string, listen: (event: object) => void): void
  removeEventListener(type: string, listen: (event: object) => void): void
}

function watchPage({ hidden, ending }: EndListener): () => void {
  const page = globalThis as Partial<Page> // what Node's types do not know of
  if (page.addEventListener === undefined) return () => {}
  const leave = (event: object) => ('persisted' in event && event.persisted === true ? hidden() : ending('killed'))
  page.addEventListener('pagehide', leave)
  return () => page.removeEventListener?.('pagehide', leave)
}
