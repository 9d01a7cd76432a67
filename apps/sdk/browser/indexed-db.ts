import type { SpooledRequest } from '../spool/spool.ts'

export interface StoredRequest extends SpooledRequest {
  readonly position: number
  readonly run: string
}

/** The one table there is, with requests in the order of their arrival. */
export interface StoredRequests {
  add(requests: readonly Omit<StoredRequest, 'position'>[]): Promise<void>
  oldest(run: string, limit: number): Promise<StoredRequest[]>
  remove(positions: readonly number[]): Promise<void>
  /** Runs that have requests here. */
  runs(): Promise<string[]>
}

// The part of IndexedDB that is used, so that the package needs no types of the browser.
interface Asked<T> {
  result: T
  error: unknown
  onsuccess: (() => void) | null
  onerror: (() => void) | null
}
interface Cursor {
  readonly key: string
  continue(): void
}
interface Table {
  add(value: unknown): unknown
  delete(key: number): unknown
  createIndex(name: string, key: string): unknown
  index(name: string): {
    getAll(key: string, limit: number): Asked<StoredRequest[]>
    openKeyCursor(range: null, direction: 'nextunique'): Asked<Cursor | null>
  }
}
interface Transaction {
  objectStore(name: string): Table
  error: unknown
  oncomplete: (() => void) | null
  onabort: (() => void) | null
}
interface BrowserDatabase {
  createObjectStore(name: string, options: object): Table
  transaction(name: string, mode: 'readonly' | 'readwrite'): Transaction
}
interface Browser {
  readonly indexedDB?: {
    open(name: string, version: number): Asked<BrowserDatabase> & { onupgradeneeded: (() => void) | null }
  }
}

const name = 'requests'

/** Opens the database; undefined where the browser has none, or gives none to this page. */
export async function openRequests(): Promise<StoredRequests | undefined> {
  const { indexedDB } = globalThis as Browser // only its presence is assumed, and looked at
  if (indexedDB === undefined) return undefined
  const opening = indexedDB.open('millrace-spool', 1)
  opening.onupgradeneeded = () =>
    opening.result.createObjectStore(name, { keyPath: 'position', autoIncrement: true }).createIndex('run', 'run')
  const database = await answerOf(opening).catch(() => undefined)
  if (database === undefined) return undefined
  const read = () => database.transaction(name, 'readonly').objectStore(name).index('run')
  const write = (work: (table: Table) => void) => done(database.transaction(name, 'readwrite'), work)
  return {
    add: (requests) => write((table) => requests.forEach((request) => table.add(request))),
    oldest: (run, limit) => answerOf(read().getAll(run, limit)),
    remove: (positions) => write((table) => positions.forEach((position) => table.delete(position))),
    runs: () => keysOf(read().openKeyCursor(null, 'nextunique')),
  }
}

/** Resolves when it is stored, not only asked for. */
function done(transaction: Transaction, work: (table: Table) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve()
    transaction.onabort = () => reject(errorOf(transaction.error))
    work(transaction.objectStore(name))
  })
}

function answerOf<T>(asked: Asked<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    asked.onsuccess = () => resolve(asked.result)
    asked.onerror = () => reject(errorOf(asked.error))
  })
}

function keysOf(asked: Asked<Cursor | null>): Promise<string[]> {
  const keys: string[] = []
  return new Promise((resolve, reject) => {
    asked.onsuccess = () => {
      if (asked.result === null) return resolve(keys)
      keys.push(asked.result.key)
      asked.result.continue()
    }
    asked.onerror = () => reject(errorOf(asked.error))
  })
}

function errorOf(error: unknown): Error {
  return error instanceof Error ? error : new Error('The browser did not store what waits for Millrace.')
}
