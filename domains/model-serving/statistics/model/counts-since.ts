import type { LatencyHistogramJson } from '@millrace/statistics'
import { createLatencyHistogram, latencyDifference } from '@millrace/statistics'
import type { DeploymentCounts, ShadowComparison, ShadowOutput } from '../../model/plane-snapshot.ts'

/** What a deployment did in some time. Adds up with `addFigures`. */
export interface Figures {
  readonly requests: number
  readonly rows: number
  readonly errors: number
  readonly runs: number
  readonly cacheHits: number
  readonly cacheMisses: number
  readonly latency: LatencyHistogramJson
  readonly queue: LatencyHistogramJson
  /** Runs by the rows in them. */
  readonly batches: readonly (readonly [rows: number, runs: number])[]
}

const emptyHistogram: LatencyHistogramJson = { version: 1, buckets: [], sum: 0, min: 0, max: 0 }

/** Nothing done. */
export const noFigures: Figures = {
  requests: 0,
  rows: 0,
  errors: 0,
  runs: 0,
  cacheHits: 0,
  cacheMisses: 0,
  latency: emptyHistogram,
  queue: emptyHistogram,
  batches: [],
}

/** What came between two counts of one process; all of `later` where there is none before. */
export function figuresSince(later: DeploymentCounts, earlier: DeploymentCounts | undefined): Figures {
  const before = earlier === undefined ? noFigures : wholeFigures(earlier)
  const now = wholeFigures(later)
  return {
    requests: now.requests - before.requests,
    rows: now.rows - before.rows,
    errors: now.errors - before.errors,
    runs: now.runs - before.runs,
    cacheHits: now.cacheHits - before.cacheHits,
    cacheMisses: now.cacheMisses - before.cacheMisses,
    latency: latencyDifference(now.latency, before.latency),
    queue: latencyDifference(now.queue, before.queue),
    batches: combined(now.batches, before.batches, -1),
  }
}

/** Both together. */
export function addFigures(one: Figures, other: Figures): Figures {
  return {
    requests: one.requests + other.requests,
    rows: one.rows + other.rows,
    errors: one.errors + other.errors,
    runs: one.runs + other.runs,
    cacheHits: one.cacheHits + other.cacheHits,
    cacheMisses: one.cacheMisses + other.cacheMisses,
    latency: merged(one.latency, other.latency),
    queue: merged(one.queue, other.queue),
    batches: combined(one.batches, other.batches, 1),
  }
}

/** A process's counts as figures. */
export function wholeFigures(counts: DeploymentCounts): Figures {
  const { requests, rows, errors, runs, cacheHits, cacheMisses, batches } = counts
  // The data plane's own histograms.
  const [latency, queue] = [counts.latency as LatencyHistogramJson, counts.queue as LatencyHistogramJson]
  return { requests, rows, errors, runs, cacheHits, cacheMisses, batches, latency, queue }
}

function merged(one: LatencyHistogramJson, other: LatencyHistogramJson): LatencyHistogramJson {
  const histogram = createLatencyHistogram(one)
  histogram.merge(createLatencyHistogram(other))
  return histogram.toJSON()
}

function combined(one: Figures['batches'], other: Figures['batches'], sign: 1 | -1): Figures['batches'] {
  const runs = new Map(one)
  for (const [rows, count] of other) runs.set(rows, (runs.get(rows) ?? 0) + sign * count)
  return [...runs].filter(([, count]) => count > 0).toSorted(([left], [right]) => left - right)
}

/** What a shadow did between two counts of one process. The greatest difference is that of its whole time. */
export function shadowSince(later: ShadowComparison, earlier: ShadowComparison | undefined): ShadowComparison {
  if (earlier === undefined) return later
  const before = new Map(earlier.outputs.map((output) => [output.name, output]))
  return {
    rows: later.rows - earlier.rows,
    missed: later.missed - earlier.missed,
    outputs: later.outputs.map((output) => outputSince(output, before.get(output.name))),
  }
}

function outputSince(later: ShadowOutput, earlier: ShadowOutput | undefined): ShadowOutput {
  if (earlier === undefined) return later
  return {
    ...later,
    elements: later.elements - earlier.elements,
    agreeing: later.agreeing - earlier.agreeing,
    sumAbsoluteDifference: later.sumAbsoluteDifference - earlier.sumAbsoluteDifference,
  }
}

/** Both together. */
export function addShadows(one: ShadowComparison, other: ShadowComparison): ShadowComparison {
  const outputs = new Map(one.outputs.map((output) => [output.name, output]))
  for (const output of other.outputs) {
    const known = outputs.get(output.name)
    outputs.set(output.name, known === undefined ? output : addOutputs(known, output))
  }
  return { rows: one.rows + other.rows, missed: one.missed + other.missed, outputs: [...outputs.values()] }
}

function addOutputs(one: ShadowOutput, other: ShadowOutput): ShadowOutput {
  return {
    name: one.name,
    elements: one.elements + other.elements,
    agreeing: one.agreeing + other.agreeing,
    sumAbsoluteDifference: one.sumAbsoluteDifference + other.sumAbsoluteDifference,
    maxAbsoluteDifference: Math.max(one.maxAbsoluteDifference, other.maxAbsoluteDifference),
  }
}
