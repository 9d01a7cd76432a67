import type { LatencyHistogram, Moments } from '@millrace/statistics'
import { createLatencyHistogram, logLossOfRow } from '@millrace/statistics'

/** What one arm did in one step of a rollout or experiment. */
export interface ArmEvidence {
  requests: number
  errors: number
  rows: number
  labelled: number
  readonly latency: LatencyHistogram
  /**
   * One observation a request, the mean of its labelled rows: chance assigns requests, not rows, and the rows of one
   * request are alike (one day's flights, one basket). Counting rows would take a few large requests for much evidence.
   */
  readonly logLoss: MutableMoments
  readonly accuracy: MutableMoments
  minEventMs: number
  maxEventMs: number
}

type MutableMoments = { -readonly [K in keyof Moments]: Moments[K] }

/** The two arms of a rollout. */
export type Arm = 'champion' | 'canary'

/** What all arms did in one step. */
export type StepEvidence<A extends string = Arm> = Readonly<Record<A, ArmEvidence>>

/** Requests of one arm and step that ran together, as the log says it. `scores` is absent when the model failed. */
export interface ArmBatch<A extends string = Arm> {
  readonly arm: A
  readonly step: number
  readonly requests: readonly { readonly id: string; readonly rows: number; readonly latencyUs: number }[]
  readonly scores: Float64Array | undefined
  /** One per row. */
  readonly eventTimesMs: Float64Array
}

/**
 * The evidence of one rollout or experiment, kept as the log and ground truth arrive. What was seen before changes nothing,
 * in whatever order it comes again; a corrected label replaces the one before.
 */
export interface TrafficEvidence<A extends string = Arm> {
  addBatch(batch: ArmBatch<A>): void
  /** `value` is 0 or 1 for scores that are probabilities; null takes the label back. */
  addLabel(requestId: string, row: number, value: number | null): void
  /** By step; -1 is a rollout's shadow stage. */
  steps(): ReadonlyMap<number, StepEvidence<A>>
}

interface SeenRequest {
  readonly step: number
  readonly scores: Float64Array
  /** NaN where there is no label yet. */
  labels?: Float64Array
  readonly outcome: Outcome
}

/** What the labelled rows of one request add up to. */
interface Outcome {
  rows: number
  right: number
  lossRows: number
  loss: number
}

/** Starts with nothing seen. `threshold` turns a score into a class. */
export function createTrafficEvidence<A extends string>(arms: readonly A[], threshold: number): TrafficEvidence<A> {
  const steps = new Map<number, StepEvidence<A>>()
  const seen = ofArms(arms, () => new Map<string, SeenRequest>())
  const evidenceOf = (step: number, arm: A): ArmEvidence => {
    let evidence = steps.get(step)
    if (evidence === undefined) steps.set(step, (evidence = ofArms(arms, noEvidence)))
    return evidence[arm]
  }
  const label = (arm: A, requestId: string, row: number, value: number): void => {
    const request = seen[arm].get(requestId)
    if (request === undefined || row >= request.scores.length) return
    request.labels ??= new Float64Array(request.scores.length).fill(Number.NaN)
    const before = request.labels[row] ?? Number.NaN
    request.labels[row] = value
    const score = request.scores[row] ?? Number.NaN
    const evidence = evidenceOf(request.step, arm)
    countOutcome(evidence, request.outcome, -1)
    addRow(request.outcome, score, before, threshold, -1)
    addRow(request.outcome, score, value, threshold, 1)
    countOutcome(evidence, request.outcome, 1)
  }
  return {
    steps: () => steps,
    addBatch: (batch) => {
      const known = seen[batch.arm]
      const evidence = evidenceOf(batch.step, batch.arm)
      let row = 0
      for (const request of batch.requests) {
        const end = row + request.rows
        if (!known.has(request.id)) {
          const scores = batch.scores?.slice(row, end) ?? new Float64Array(0)
          known.set(request.id, { step: batch.step, scores, outcome: { rows: 0, right: 0, lossRows: 0, loss: 0 } })
          countRequest(evidence, request, batch.scores !== undefined, batch.eventTimesMs.subarray(row, end))
        }
        row = end
      }
    },
    addLabel: (requestId, row, value) => {
      for (const arm of arms) label(arm, requestId, row, value ?? Number.NaN)
    },
  }
}

/** The same for each arm. */
function ofArms<A extends string, T>(arms: readonly A[], make: () => T): Record<A, T> {
  // Exactly the arms are its keys.
  return Object.fromEntries(arms.map((arm) => [arm, make()])) as Record<A, T>
}

function noEvidence(): ArmEvidence {
  return {
    requests: 0,
    errors: 0,
    rows: 0,
    labelled: 0,
    latency: createLatencyHistogram(),
    logLoss: {
      count: 0,
      sum: 0,
      sumSquares: 0,
    },
    accuracy: {
      count: 0,
      sum: 0,
      sumSquares: 0,
    },
    minEventMs: Number.POSITIVE_INFINITY,
    maxEventMs: Number.NEGATIVE_INFINITY,
  }
}

function countRequest(
  evidence: ArmEvidence,
  request: ArmBatch['requests'][number],
  ok: boolean,
  timesMs: Float64Array,
): void {
  evidence.requests += 1
  evidence.errors += ok ? 0 : 1
  evidence.rows += ok ? request.rows : 0
  evidence.latency.record(request.latencyUs / 1000)
  for (const timeMs of timesMs) {
    if (timeMs < evidence.minEventMs) evidence.minEventMs = timeMs
    if (timeMs > evidence.maxEventMs) evidence.maxEventMs = timeMs
  }
}

/** Adds a labelled row to its request, or takes it out again (`sign` -1). Without a label or a score there is nothing to add. */
function addRow(outcome: Outcome, score: number, label: number, threshold: number, sign: 1 | -1): void {
  if (Number.isNaN(label) || Number.isNaN(score)) return
  const isYesNo = label === 0 || label === 1
  const isRight = isYesNo ? score >= threshold === (label === 1) : score === label
  outcome.rows += sign
  outcome.right += isRight ? sign : 0
  if (!isYesNo || score < 0 || score > 1) return
  outcome.lossRows += sign
  outcome.loss += sign * logLossOfRow(label, score)
}

/** Adds a request's means to the moments, or takes them out again before they change. */
function countOutcome(evidence: ArmEvidence, outcome: Outcome, sign: 1 | -1): void {
  const { rows, right, lossRows, loss } = outcome
  evidence.labelled += sign * rows
  if (rows > 0) addTo(evidence.accuracy, right / rows, sign)
  if (lossRows > 0) addTo(evidence.logLoss, loss / lossRows, sign)
}

function addTo(moments: MutableMoments, value: number, sign: 1 | -1): void {
  moments.count += sign
  moments.sum += sign * value
  moments.sumSquares += sign * value * value
}
