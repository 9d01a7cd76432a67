import { milliseconds } from '../harness/report.ts'
import { clientReadingMs } from './sides.ts'

/** How long one request took to its last byte, again and again; the client's reading of the JSON is left out. */
export interface Timed {
  readonly medianMs: number
  readonly p95Ms: number
  readonly times: number
}

/** Repeats a request one at a time until it was asked so often, or so long; at least once. The first answer is given, too. */
export async function timed<T>(
  request: () => Promise<T>,
  most: { times: number; seconds: number },
): Promise<Timed & { answer: T }> {
  const tookMs: number[] = []
  const endAt = performance.now() + most.seconds * 1000
  let answer: T | undefined
  do {
    const readingBeforeMs = clientReadingMs()
    const startedAt = performance.now()
    const given = await request()
    tookMs.push(performance.now() - startedAt - (clientReadingMs() - readingBeforeMs))
    answer ??= given
  } while (tookMs.length < most.times && performance.now() < endAt)
  const sorted = tookMs.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0
  return { medianMs: at(0.5), p95Ms: at(0.95), times: sorted.length, answer }
}

/** One line of a table: what, ours, theirs, their ratio. */
export function ratioRow(what: string, ours: Timed, theirs: Timed): string[] {
  return [
    what,
    `${milliseconds(ours.medianMs)} / ${milliseconds(ours.p95Ms)}`,
    `${milliseconds(theirs.medianMs)} / ${milliseconds(theirs.p95Ms)}`,
    `${(theirs.medianMs / ours.medianMs).toFixed(1)} ×`,
    `${ours.times} / ${theirs.times}`,
  ]
}
