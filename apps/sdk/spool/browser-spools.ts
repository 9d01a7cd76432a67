import type { Spool, SpooledRequest, Spools } from './spool.ts'

// The part of IndexedDB that is used, so that the package needs no types of the browser.
interface Settled<T> {
  result: T
  error: unknown
  onsuccess: (() => void) | null
  onerror: (() => void) | null
}
interface ObjectStore {
  add(value: unknown): Settled<unknown>
  getAll(range: unknown, limit: number): Settled<StoredRequest[]>
  delete(key: number): Settled<unknown>
}
interface BrowserDatabase {
  objectStoreNames: { contains(name: string): boolean }
  createObjectStore(name: string, options: object): { createIndex(name: string, key: string): unknown }
  transaction(name: string, mode: 'readonly' | 'readwrite'): { objectStore(name: string): ObjectStore & Indexed }
}
interface Indexed {
  index(name: string): { getAll(key: string, limit: number): Settled<StoredRequest[]> }
}
interface StoredRequest extends SpooledRequest {
  readonly position: number
  readonly run: string
}
interface Browser {
  readonly indexedDB?: {
    open(name: string, version: number): Settled<BrowserDatabase> & { onupgradeneeded: (() => void) | null }
  }
}

const table = 'requests'

/** Spools in the browser's IndexedDB; undefined where there is none. */
export async function browserSpools(): Promise<Spools | undefined> {
  const { indexedDB } = globalThis as Browser // only its presence is assumed, and looked at
  if (indexedDB === undefined) return undefined
  const opening = indexedDB.open('millrace-spool', 1)
  opening.onupgradeneeded = () => {
    const made = opening.result.createObjectStore(table, { keyPath: 'position', autoIncrement: true })
    made.createIndex('run', 'run')
  }
  const database = await settled(opening)
  const store = (mode: 'readonly' | 'readwrite') => database.transaction(table, mode).objectStore(table)
  const spoolOf = (run: string): Spool => ({
    append: async (requests) => {
      const into = store('readwrite')
      await Promise.all(requests.map((request) => settled(into.add({ ...request, run }))))
    },
    peek: (limit) => settled(store('readonly').index('run').getAll(run, limit)),
    drop: async (count) => {
      const oldest = await settled(store('readonly').index('run').getAll(run, count))
      const from = store('readwrite')
      await Promise.all(oldest.map(({ position }) => settled(from.delete(position))))
    },
    close: async () => {},
  })
  return {
    open: async (run) => spoolOf(run),
    abandoned: async () => {
      const left = await settled(store('readonly').getAll(null, 100_000))
      return [...new Set(left.map(({ run }) => run))].map(spoolOf)
    },
  }
}

function settled<T>(request: Settled<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error instanceof Error ? request.error : new Error('IndexedDB failed'))
  })
}
