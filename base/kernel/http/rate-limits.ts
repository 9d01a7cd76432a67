import type { Actor } from '../actions/scope.ts'
import { kernelProblem } from '../actions/kernel-problems.ts'
import type { Config } from '../config/config.ts'
import type { Authenticate } from '../runtime/runtime.ts'

const most = 50_000

interface Bucket {
  tokens: number
  atMs: number
}

export interface RateLimitDeps {
  readonly config: Pick<Config, 'rateLimit' | 'rateBurst'>
  readonly nowMs: () => number
}

/**
 * Lets each principal in as often as its limits say: a bucket of `burst` requests that fills by so many a second (token
 * bucket). A limit said of an account wins over the server's; where neither is, there is none. The local person and
 * Millrace itself are never limited; who fails to say who they are shares the bucket of their address. Throws
 * `kernel/too-many-requests`, `kernel/body-too-large`, `kernel/length-required`.
 */
export function limitRates(authenticate: Authenticate, { config, nowMs }: RateLimitDeps): Authenticate {
  const buckets = new Map<string, Bucket>()
  const take = (key: string, who: string, perSecond: number, burst: number) => {
    const waitMs = takeOne(buckets, key, { perSecond, burst, nowMs: nowMs() })
    if (waitMs > 0) throw kernelProblem['too-many-requests']({ who, retryAfterSeconds: Math.ceil(waitMs / 1000) })
  }
  const ofServer = config.rateLimit
  return async (request) => {
    const actor = await authenticate(request).catch((error: unknown) => {
      const address = request.remoteAddress
      if (ofServer !== undefined) take(`address ${address}`, address, ofServer, burstOf(ofServer, config.rateBurst))
      throw error
    })
    if (actor.kind === 'local' || actor.kind === 'system') return actor
    const perSecond = actor.limits?.requestsPerSecond ?? ofServer
    if (perSecond !== undefined) {
      take(actor.id, actor.name, perSecond, actor.limits?.burst ?? burstOf(perSecond, config.rateBurst))
    }
    requireSmallBody(actor, request.headers)
    return actor
  }
}

/** Without a burst of its own: two seconds' worth, at least one. */
function burstOf(perSecond: number, burst: number | undefined): number {
  return burst ?? Math.max(1, Math.ceil(2 * perSecond))
}

interface Filling {
  readonly perSecond: number
  readonly burst: number
  readonly nowMs: number
}

/** Takes a request from a bucket: 0, or how long it takes until there is one, in milliseconds. */
function takeOne(buckets: Map<string, Bucket>, key: string, { perSecond, burst, nowMs }: Filling): number {
  const bucket = buckets.get(key) ?? { tokens: burst, atMs: nowMs }
  bucket.tokens = Math.min(burst, bucket.tokens + ((nowMs - bucket.atMs) / 1000) * perSecond)
  bucket.atMs = nowMs
  if (!buckets.has(key)) {
    // A bucket that was not touched longest is the fullest: to forget it gives nothing away.
    for (const oldest of buckets.size >= most ? buckets.keys().take(1) : []) buckets.delete(oldest)
    buckets.set(key, bucket)
  }
  if (bucket.tokens < 1) return ((1 - bucket.tokens) / perSecond) * 1000
  bucket.tokens -= 1
  return 0
}

function requireSmallBody({ limits, name }: Actor, headers: Parameters<Authenticate>[0]['headers']): void {
  const limitBytes = limits?.bodyBytes
  if (limitBytes === undefined || limitBytes === null) return
  if (headers['transfer-encoding'] !== undefined) throw kernelProblem['length-required']({ who: name })
  if (Number(headers['content-length'] ?? 0) > limitBytes) throw kernelProblem['body-too-large']({ limitBytes })
}
