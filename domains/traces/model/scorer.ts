import { EpochMs } from '@millrace/contract'
import { z } from 'zod'
import { ExperimentId } from './trace.ts'
import { problem } from './problems.ts'

/** How live traces are sampled for a scorer. */
export const Sampling = z.object({
  id: z.string(),
  /** 0 to 1. */
  rate: z.number().min(0).max(1),
  filter: z.string().nullable(),
})
export type Sampling = z.infer<typeof Sampling>

/** One version of a scorer: a program or a judging model that turns traces into assessments. */
export const ScorerVersion = z.object({
  scorerId: z.string(),
  experimentId: ExperimentId,
  name: z.string(),
  version: z.int(),
  /** The scorer as its maker wrote it: JSON. */
  serialized: z.string(),
  createdAtMs: EpochMs,
})
export type ScorerVersion = z.infer<typeof ScorerVersion>

/** Refuses what is no scorer, and one that holds a program's source, which whoever loads it would run. Throws `traces/bad-scorer`. */
export function checkSerialized(serialized: string): void {
  let scorer: unknown
  try {
    scorer = JSON.parse(serialized)
  } catch {
    throw problem['bad-scorer']({ reason: 'serialized_scorer must be valid JSON' })
  }
  if (holdsSource(scorer, 0)) {
    throw problem['bad-scorer']({
      reason: 'Scorers that hold source code cannot be registered: whoever loads them would run it.',
    })
  }
}

/** Scorers may hold scorers; those too deep to look into are refused, too. */
function holdsSource(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (depth > 50) return true
  return Object.entries(value).some(
    ([key, member]) => (key === 'call_source' && member !== null) || holdsSource(member, depth + 1),
  )
}
