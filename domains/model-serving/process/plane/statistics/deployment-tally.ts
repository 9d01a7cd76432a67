import type { LatencyHistogram } from '@millrace/statistics'
import { createLatencyHistogram } from '@millrace/statistics'
import type { DeploymentCounts } from '../../../model/plane-snapshot.ts'
import type { CountAndTime, VersionStatistics } from '../../../model/version-statistics.ts'
import type { ShadowTally } from './shadow-tally.ts'

/** A run of the model over the rows of several requests; all times in ms. */
export interface MeasuredRun {
  readonly requests: number
  readonly rows: number
  /** Sum over its requests. */
  readonly queueMs: number
  readonly mergeMs: number
  readonly runMs: number
  readonly splitMs: number
}

interface Sum {
  count: number
  ms: number
}

const newSum = (): Sum => ({ count: 0, ms: 0 })

/** What one deployment has done since this process started. Histograms are made with its first request: 17 KB each. */
export class DeploymentTally {
  readonly #deploymentId: string
  #latency: LatencyHistogram | undefined
  #queue: LatencyHistogram | undefined
  #rows = 0
  #runs = 0
  #lastAtMs = 0
  #changed = false
  readonly #success = newSum()
  readonly #fail = newSum()
  readonly #queued = newSum()
  readonly #merge = newSum()
  readonly #infer = newSum()
  readonly #split = newSum()
  readonly #hits = newSum()
  readonly #misses = newSum()
  readonly #batches = new Map<number, Sum>()
  /** Set for shadows. */
  shadow: ShadowTally | undefined

  constructor(deploymentId: string) {
    this.#deploymentId = deploymentId
  }

  /** One answered request. */
  answered(rows: number, latencyMs: number, ok: boolean, atMs: number): void {
    const sum = ok ? this.#success : this.#fail
    sum.count += 1
    sum.ms += latencyMs
    this.#rows += ok ? rows : 0
    this.#lastAtMs = atMs
    this.#changed = true
    this.#latency ??= createLatencyHistogram()
    this.#latency.record(latencyMs)
  }

  queued(ms: number): void {
    this.#queue ??= createLatencyHistogram()
    this.#queue.record(ms)
  }

  ran(run: MeasuredRun): void {
    this.#runs += 1
    addTo(this.#queued, run.requests, run.queueMs)
    addTo(this.#merge, run.requests, run.mergeMs)
    addTo(this.#infer, run.requests, run.runMs)
    addTo(this.#split, run.requests, run.splitMs)
    let batch = this.#batches.get(run.rows)
    if (batch === undefined) this.#batches.set(run.rows, (batch = newSum()))
    addTo(batch, 1, run.runMs)
  }

  /** `ms` is the look-up's time for a hit, and the computation's for a miss. */
  looked(hit: boolean, ms: number): void {
    addTo(hit ? this.#hits : this.#misses, 1, ms)
  }

  /** Cumulative figures; undefined when nothing changed since the last call. */
  changed(): DeploymentCounts | undefined {
    if (!this.#changed && this.shadow?.takeChanged() !== true) return undefined
    this.#changed = false
    return {
      deploymentId: this.#deploymentId,
      requests: this.#success.count + this.#fail.count,
      rows: this.#rows,
      errors: this.#fail.count,
      latency: this.latency().toJSON(),
      queue: this.queue().toJSON(),
      runs: this.#runs,
      batches: [...this.#batches].map(([rows, { count }]) => [rows, count] as const),
      cacheHits: this.#hits.count,
      cacheMisses: this.#misses.count,
      ...(this.shadow === undefined ? {} : { shadow: this.shadow.figures() }),
    }
  }

  hasAnswered(): boolean {
    return this.#lastAtMs > 0
  }

  latency(): LatencyHistogram {
    return (this.#latency ??= createLatencyHistogram())
  }

  queue(): LatencyHistogram {
    return (this.#queue ??= createLatencyHistogram())
  }

  /** As Triton's statistics extension has it. */
  statistics(version: string): VersionStatistics {
    return {
      version,
      lastInferenceMs: this.#lastAtMs,
      inferenceCount: this.#rows,
      executionCount: this.#runs,
      success: inNanoseconds(this.#success),
      fail: inNanoseconds(this.#fail),
      queue: inNanoseconds(this.#queued),
      computeInput: inNanoseconds(this.#merge),
      computeInfer: inNanoseconds(this.#infer),
      computeOutput: inNanoseconds(this.#split),
      cacheHit: inNanoseconds(this.#hits),
      cacheMiss: inNanoseconds(this.#misses),
      batches: [...this.#batches].map(([rows, sum]) => ({ rows, infer: inNanoseconds(sum) })),
    }
  }
}

function addTo(sum: Sum, count: number, ms: number): void {
  sum.count += count
  sum.ms += ms
}

function inNanoseconds({ count, ms }: Sum): CountAndTime {
  return { count, durationNs: Math.round(ms * 1e6) }
}
