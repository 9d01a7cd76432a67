import type { Span } from '@millrace/traces/contract'
import { otlpProblem } from './otlp-problem.ts'

/** The spans of one request, and those among them that cannot be stored. */
export interface DecodedBatch {
  readonly spans: Span[]
  rejected: number
  /** Why the first one was rejected. */
  reason: string
  /** False where the request does not even hold an empty list. */
  hasResources: boolean
}

/** Values, events and links that one request may hold in all: what bounds the memory it takes. */
const mostValues = 1_000_000
/** How deep attributes may nest. Protocol buffers' own readers stop at 100, too. */
const deepest = 100
/** Epoch microseconds that a number holds exactly: until the year 2255. */
const latestNs = 9_007_199_254_740_991_000n

/** Counts what a request makes us keep. Throws `otlp/bad-payload` over the bounds. */
export class Bounds {
  #values = 0
  count(): void {
    this.#values += 1
    if (this.#values > mostValues) throw bad(`it holds more than ${mostValues} values`)
  }
  check(depth: number): void {
    if (depth > deepest) throw bad(`its attributes nest deeper than ${deepest}`)
  }
}

/** Why a span cannot be stored; undefined when it can. */
export function unfit({ traceId, id, parentId, startNs, endNs }: Span): string | undefined {
  if (!/^[0-9a-f]{32}$/.test(traceId)) return 'its trace id has to be 16 bytes'
  if (!/^[0-9a-f]{16}$/.test(id)) return 'its span id has to be 8 bytes'
  if (parentId !== null && !/^[0-9a-f]{16}$/.test(parentId)) return "its parent's id has to be 8 bytes"
  if (BigInt(startNs) > latestNs || (endNs !== null && BigInt(endNs) > latestNs))
    return 'its times lie beyond the year 2255'
  return undefined
}

/** Keeps a span, or counts it as rejected. */
export function keep(batch: DecodedBatch, span: Span): void {
  const reason = unfit(span)
  if (reason === undefined) {
    batch.spans.push(span)
    return
  }
  if (batch.rejected === 0) batch.reason = reason
  batch.rejected += 1
}

export function emptyBatch(): DecodedBatch {
  return { spans: [], rejected: 0, reason: '', hasResources: false }
}

/** A parent that is all zeros is none. */
export function parentOf(hex: string): string | null {
  return hex === '' || /^0+$/.test(hex) ? null : hex
}

export function statusOf(code: number): 'unset' | 'ok' | 'error' {
  return code === 2 ? 'error' : code === 1 ? 'ok' : 'unset'
}

/** U+0000 is a character that PostgreSQL cannot store. */
export function clean(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', '\ufffd') : text
}

export function bad(reason: string): Error {
  return otlpProblem['bad-payload']({ reason })
}
