import type { Spool, SpooledRequest, Spools } from '../spool/spool.ts'
import type { StoredRequest } from './indexed-db.ts'
import { openRequests } from './indexed-db.ts'
import { keepLastWords, lastWordsOf, speakers } from './last-words.ts'

const inUse = new Set<string>()

interface Locks {
  request<T>(name: string, options: { ifAvailable?: boolean }, held: (lock: unknown) => T | Promise<T>): Promise<T>
}

/**
 * Spools in the browser's IndexedDB; undefined where there is none. A lock says which page a spool belongs to; where
 * pages cannot lock, two may send the same, which changes nothing.
 */
export async function indexedDbSpools(target: string): Promise<Spools | undefined> {
  const requests = await openRequests()
  if (requests === undefined) return undefined
  const spoolOf = (run: string, release: () => void): Spool => {
    let peeked: StoredRequest[] = []
    const unsure = new Set<readonly SpooledRequest[]>()
    inUse.add(run)
    return {
      append: async (added, isLast = false) => {
        unsure.add(added)
        if (isLast) keepLastWords(run, [...unsure].flat())
        await requests.add(added.map((request) => ({ ...request, run })))
        unsure.delete(added)
      },
      peek: async (limit) => (peeked = await requests.oldest(run, limit)),
      drop: (count) => requests.remove(peeked.splice(0, count).map(({ position }) => position)),
      close: async () => {
        inUse.delete(run)
        release()
      },
    }
  }
  return {
    open: async (runId) => {
      const run = `${target}\n${runId}`
      return spoolOf(run, (await lock(run)) ?? (() => {}))
    },
    abandoned: async () => {
      const taken: Spool[] = []
      for (const run of new Set([...(await requests.runs()), ...speakers()])) {
        if (!run.startsWith(`${target}\n`) || inUse.has(run)) continue
        const release = await lock(run)
        if (release === undefined) continue
        const spool = spoolOf(run, release)
        const last = lastWordsOf(run)
        await spool.append(last.requests)
        last.forget()
        taken.push(spool)
      }
      return taken
    },
  }
}

/** Locks a name until the page ends or the answer is called; undefined where another page has it. */
function lock(name: string): Promise<(() => void) | undefined> {
  const { navigator } = globalThis as { navigator?: { locks?: Locks } } // only in secure pages
  const locks = navigator?.locks
  if (locks === undefined) return Promise.resolve(() => {})
  return new Promise((resolve) => {
    const held = (lock: unknown) =>
      lock === null ? resolve(undefined) : new Promise<void>((release) => resolve(release))
    locks.request(`millrace ${name}`, { ifAvailable: true }, held).catch(() => resolve(() => {}))
  })
}
