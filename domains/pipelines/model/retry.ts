import type { Retries } from './graph.ts'

/** The pause before the next attempt after `failed` failed ones; undefined when the step has none left. */
export function retryPauseMs(retries: Retries, failed: number): number | undefined {
  if (failed > retries.limit) return undefined
  return Math.min(retries.maximumMs, Math.round(retries.backOffMs * retries.factor ** (failed - 1)))
}
