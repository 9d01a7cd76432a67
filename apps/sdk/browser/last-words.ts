import type { SpooledRequest } from '../spool/spool.ts'

interface Storage {
  readonly length: number
  key(index: number): string | null
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
}

const prefix = 'millrace-last '

/** Keeps what a page had not stored when it ended: IndexedDB takes nothing that is begun then, `localStorage` does. */
export function keepLastWords(run: string, requests: readonly SpooledRequest[]): void {
  storage()?.setItem(prefix + run, JSON.stringify(requests))
}

/** The last words of a run, which can be forgotten then. */
export function lastWordsOf(run: string): {
  readonly requests: readonly SpooledRequest[]
  readonly forget: () => void
} {
  const text = storage()?.getItem(prefix + run) ?? '[]'
  const requests = JSON.parse(text) as SpooledRequest[] // written above
  return { requests, forget: () => storage()?.removeItem(prefix + run) }
}

/** Runs that have left last words. */
export function speakers(): string[] {
  const kept = storage()
  const keys = Array.from({ length: kept?.length ?? 0 }, (_, index) => kept?.key(index) ?? '')
  return keys.filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length))
}

/** Workers have none, and a page may be denied its own. */
function storage(): Storage | undefined {
  try {
    return (globalThis as { localStorage?: Storage }).localStorage // only its presence is assumed, and looked at
  } catch {
    return undefined
  }
}
