import type { CallerCounts, PlaneEndpoint, PlaneLimits } from '../../../model/plane-snapshot.ts'
import type { ResponseCache } from '../run/response-cache.ts'
import { createResponseCache } from '../run/response-cache.ts'
import { planeProblem } from '../plane-problems.ts'

/** Callers that an endpoint tells apart; beyond them the longest unseen is forgotten, with its quota's state. */
const mostCallers = 10_000

/** What outlives snapshots about an endpoint: requests under way, callers' quotas and counts, kept answers. */
export class EndpointState {
  readonly #callers = new Map<string, CallerState>()
  readonly #nowMs: () => number
  #limits: PlaneLimits | undefined
  #underWay = 0
  cache: ResponseCache | undefined
  /** When a request last came; epoch ms. */
  lastRequestMs: number

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
    this.lastRequestMs = nowMs()
  }

  /** Takes over what the newest snapshot says. */
  declare({ limits, cache }: PlaneEndpoint): void {
    this.#limits = limits
    if (cache === undefined) this.cache = undefined
    else if (this.cache === undefined || !this.cache.is(cache)) this.cache = createResponseCache(cache, this.#nowMs)
  }

  /** Counts a request in, and must be followed by `leave`. Throws `over-quota`, `over-concurrency`. */
  enter(caller: string): CallerState {
    const nowMs = this.#nowMs()
    this.lastRequestMs = nowMs
    const state = this.#caller(caller)
    state.requests += 1
    state.changed = true
    const limits = this.#limits
    if (limits !== undefined) this.#hold(limits, state, nowMs)
    this.#underWay += 1
    return state
  }

  leave(caller: CallerState, ok: boolean): void {
    this.#underWay -= 1
    if (!ok) caller.errors += 1
  }

  underWay(): number {
    return this.#underWay
  }

  /** Cumulative figures of the callers that came since the last call. */
  changed(endpointId: string): CallerCounts[] {
    const counts: CallerCounts[] = []
    for (const [caller, state] of this.#callers) {
      if (!state.changed) continue
      state.changed = false
      const { requests, errors, limited } = state
      counts.push({ endpointId, caller, requests, errors, limited })
    }
    return counts
  }

  callers(): IterableIterator<[string, CallerState]> {
    return this.#callers.entries()
  }

  #caller(name: string): CallerState {
    const known = this.#callers.get(name)
    if (known !== undefined) return known
    if (this.#callers.size >= mostCallers) {
      const [oldest] = this.#callers.keys()
      if (oldest !== undefined) this.#callers.delete(oldest)
    }
    const fresh = new CallerState()
    this.#callers.set(name, fresh)
    return fresh
  }

  #hold(limits: PlaneLimits, state: CallerState, nowMs: number): void {
    const { maxConcurrency, requestsPerSecond, burst } = limits
    if (requestsPerSecond !== undefined && !state.takes(requestsPerSecond, burst ?? requestsPerSecond, nowMs)) {
      state.limited += 1
      throw planeProblem['over-quota']({ requestsPerSecond })
    }
    if (maxConcurrency !== undefined && this.#underWay >= maxConcurrency) {
      state.limited += 1
      throw planeProblem['over-concurrency']({ maxConcurrency })
    }
  }
}

/** One caller at one endpoint. */
export class CallerState {
  requests = 0
  errors = 0
  limited = 0
  changed = false
  #tokens = Number.POSITIVE_INFINITY
  #filledAtMs = 0

  /** A token bucket: true when the request may go on. */
  takes(perSecond: number, burst: number, nowMs: number): boolean {
    const most = Math.max(1, burst)
    this.#tokens = Math.min(most, this.#tokens + ((nowMs - this.#filledAtMs) / 1000) * perSecond)
    this.#filledAtMs = nowMs
    if (this.#tokens < 1) return false
    this.#tokens -= 1
    return true
  }
}
