import { accessProblem } from '../../model/problems.ts'

/** Free attempts before one waits: of one address for one name, of one address, of strangers for one name. */
const free = { pair: 5, address: 100, name: 50 } as const
const longestMs = 15 * 60_000
/** For an address that has signed in under the name before: a neighbour's guesses never keep it out for long. */
const longestForKnownMs = 5000
const forgottenAfterMs = 60 * 60_000
const limit = 50_000

interface Failures {
  count: number
  lastAtMs: number
}

/** Slows guessing down without locking anybody out. */
export interface SignInThrottle {
  /** Throws `access/too-many-attempts` while this address has to wait. */
  check(name: string, address: string): void
  failed(name: string, address: string): void
  succeeded(name: string, address: string): void
}

/**
 * After some wrong passwords each further one makes the sender wait twice as long, at most a quarter of an hour; a right
 * one waits as well, or waiting would tell it apart. What strangers do to a name never stops an address that has signed in
 * under it before, and its own neighbours stop it for seconds only: so nobody can lock a person out.
 */
export function createSignInThrottle(nowMs: () => number): SignInThrottle {
  const failures = new Map<string, Failures>()
  const known = new Map<string, number>()
  const rulesOf = (name: string, address: string): readonly Rule[] => {
    const isKnown = known.has(`${address} ${name}`)
    const longest = isKnown ? longestForKnownMs : longestMs
    const pair = { key: `pair ${address} ${name}`, freeAttempts: free.pair, longest }
    const all = { key: `address ${address}`, freeAttempts: free.address, longest }
    return isKnown ? [pair, all] : [pair, all, { key: `name ${name}`, freeAttempts: free.name, longest }]
  }
  return {
    check: (name, address) => {
      const waits = rulesOf(name, address).map((rule) => waitMs(failures.get(rule.key), rule, nowMs()))
      const longest = Math.max(...waits)
      if (longest > 0) throw accessProblem['too-many-attempts']({ retryAfterSeconds: Math.ceil(longest / 1000) })
    },
    failed: (name, address) => {
      if (failures.size > limit) forget(failures, nowMs())
      for (const { key } of rulesOf(name, address)) {
        const before = failures.get(key)
        const fresh = before === undefined || nowMs() - before.lastAtMs > forgottenAfterMs
        failures.set(key, { count: fresh ? 1 : before.count + 1, lastAtMs: nowMs() })
      }
    },
    succeeded: (name, address) => {
      failures.delete(`pair ${address} ${name}`)
      known.delete(`${address} ${name}`)
      known.set(`${address} ${name}`, nowMs())
      // The first key of a map is its oldest.
      for (const oldest of known.size > limit ? known.keys().take(1) : []) known.delete(oldest)
    },
  }
}

interface Rule {
  readonly key: string
  readonly freeAttempts: number
  readonly longest: number
}

function waitMs(failures: Failures | undefined, { freeAttempts, longest }: Rule, nowMs: number): number {
  if (failures === undefined || failures.count < freeAttempts) return 0
  const pauseMs = Math.min(longest, 1000 * 2 ** (failures.count - freeAttempts))
  return Math.max(0, failures.lastAtMs + pauseMs - nowMs)
}

/** Drops what is old; where nothing is, the oldest half. */
function forget(failures: Map<string, Failures>, nowMs: number): void {
  for (const [key, { lastAtMs }] of failures) if (nowMs - lastAtMs > longestMs) failures.delete(key)
  if (failures.size <= limit) return
  for (const key of [...failures.keys()].slice(0, limit / 2)) failures.delete(key)
}
