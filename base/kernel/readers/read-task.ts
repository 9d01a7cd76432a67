import type { Db, Dialect } from '../db/database.ts'

/** What a read is given: a connection that reads committed state alone. */
export interface ReadContext {
  readonly db: Db
  readonly dialect: Dialect
  /** Throws when nobody waits for the answer any more. Call it between the steps of a long read. */
  readonly throwIfCancelled: () => void
}

/** A function that reads. Its input and answer are copied between threads; `bytes` of the answer is handed over, not copied. */
export type Read<I, A> = (context: ReadContext, input: I) => Promise<A>

/** Names a read by its module, which exports `reads`, and its name there, so that a thread can load it by itself. */
export interface ReadTask<I, A> {
  readonly module: URL
  readonly name: string
  /** Never called: it keeps the types of input and answer. */
  readonly types?: Read<I, A>
}

/**
 * Names a read: `readTask<typeof reads, 'searchRuns'>(url, 'searchRuns')`.
 * The module must load quickly and without side effects.
 */
export function readTask<M extends object, K extends keyof M & string>(
  module: URL,
  name: K,
): M[K] extends Read<infer I, infer A> ? ReadTask<I, A> : never
export function readTask(module: URL, name: string): ReadTask<unknown, unknown> {
  return { module, name }
}

/** Loads a task's function. */
export async function loadRead(module: string, name: string): Promise<Read<unknown, unknown>> {
  const loaded: unknown = await import(module)
  const reads: unknown = typeof loaded === 'object' && loaded !== null ? Reflect.get(loaded, 'reads') : undefined
  const read: unknown = typeof reads === 'object' && reads !== null ? Reflect.get(reads, name) : undefined
  if (typeof read !== 'function') throw new Error(`${module} exports no read "${name}".`)
  return read as Read<unknown, unknown> // `readTask` has checked it against the module's own type
}
