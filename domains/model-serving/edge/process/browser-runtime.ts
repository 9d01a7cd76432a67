// Goes into edge bundles for browsers as `predict.mjs`, beside `edge-model.mjs` and onnxruntime-web's files.
import type { BufferedPrediction, EdgeModel, EdgeProcessing, EdgeRuntime, PredictionBuffer } from './edge-model.ts'
import { loadEdgeModel } from './edge-model.ts'

/** The part of onnxruntime-web that is set here. */
interface WebRuntime extends EdgeRuntime {
  readonly env: { readonly wasm: { wasmPaths: string; numThreads: number } }
}

// The part of IndexedDB that is used (https://www.w3.org/TR/IndexedDB/); the server's own types know no browser.
interface Request<T> {
  readonly result: T
  readonly error: Error | null
  addEventListener(name: 'success' | 'error' | 'upgradeneeded', listener: () => void): void
}
interface Transaction {
  readonly error: Error | null
  addEventListener(name: 'complete' | 'error', listener: () => void): void
  objectStore(name: string): ObjectStore
}
interface ObjectStore {
  readonly transaction: Transaction
  put(value: object): void
  delete(key: string): void
  getAll(query: undefined, most: number): Request<unknown>
}
interface Database {
  transaction(name: string, mode: 'readonly' | 'readwrite'): Transaction
  createObjectStore(name: string, options: { readonly keyPath: string }): ObjectStore
}
interface Databases {
  open(name: string, version: number): Request<Database>
}

/** Loads the bundle that this file is served from. Its prediction log waits in IndexedDB. */
export async function load(): Promise<EdgeModel> {
  const at = (path: string) => new URL(path, import.meta.url).href
  const runtime = (await import(at('ort.wasm.min.mjs'))) as WebRuntime // the package's own form
  runtime.env.wasm.wasmPaths = at('./')
  // Threads need headers that make the page isolated; a bundle asks for none.
  runtime.env.wasm.numThreads = 1
  return loadEdgeModel({
    runtime,
    read: async (path) => {
      const response = await fetch(at(path))
      if (!response.ok) throw new Error(`${path} cannot be loaded: ${response.status}.`)
      return new Uint8Array(await response.arrayBuffer())
    },
    digest: async (bytes) => {
      const hash = await crypto.subtle.digest('SHA-256', new Uint8Array(bytes))
      return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
    },
    processing: async () => (await import(at('processing.mjs'))) as EdgeProcessing, // the user's
    buffer: databaseBuffer(`millrace-edge ${at('./')}`),
  })
}

function databaseBuffer(name: string): PredictionBuffer {
  let opened: Promise<Database> | undefined
  const store = async (mode: 'readonly' | 'readwrite') => {
    opened ??= open(name)
    return (await opened).transaction('predictions', mode).objectStore('predictions')
  }
  return {
    add: async (rows) => {
      const into = await store('readwrite')
      for (const row of rows) into.put(row)
      await ended(into.transaction)
    },
    // Keys are ids, and ids sort by time.
    peek: async (most) => {
      const found = await done((await store('readonly')).getAll(undefined, most))
      return found as BufferedPrediction[] // as `add` put them
    },
    remove: async (rows) => {
      const from = await store('readwrite')
      for (const { id } of rows) from.delete(id)
      await ended(from.transaction)
    },
  }
}

function open(name: string): Promise<Database> {
  const request = (Reflect.get(globalThis, 'indexedDB') as Databases).open(name, 1)
  request.addEventListener('upgradeneeded', () => request.result.createObjectStore('predictions', { keyPath: 'id' }))
  return done(request)
}

function done<T>(request: Request<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result))
    request.addEventListener('error', () => reject(request.error ?? new Error('IndexedDB failed.')))
  })
}

function ended(transaction: Transaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.addEventListener('complete', () => resolve())
    transaction.addEventListener('error', () => reject(transaction.error ?? new Error('IndexedDB failed.')))
  })
}
