import { z } from 'zod'

/** How long an experiment keeps what it no longer needs. What somebody holds (a registered version) always stays. */
export const Retention = z.object({
  /** Days after which a deleted run is forgotten for good, with its artifacts. Absent: until somebody does it. */
  deletedRunsDays: z.number().min(0).max(36_500).optional(),
  /** Days after its end for which a run keeps its artifacts; its metrics, params and tags stay. Absent: for ever. */
  artifactsDays: z.number().min(0).max(36_500).optional(),
  /** What outlives `artifactsDays`: only what a registered version stands on, or also runs with the tag `millrace.keep`. */
  keep: z.enum(['aliased', 'tagged']).default('tagged'),
})
export type Retention = z.infer<typeof Retention>

/** The tag that keeps a run's artifacts; any value but "false". */
export const keepTag = 'millrace.keep'

/** The most that a workspace may hold or take. Absent is no limit. */
export const Quota = z.object({
  artifactBytes: z.int().min(0).optional(),
  /** Runs that are not forgotten, deleted ones included. */
  runs: z.int().min(0).optional(),
  /** Points of metrics logged in one day of UTC. */
  pointsPerDay: z.int().min(0).optional(),
  /** From this share of a limit on, a warning is given. */
  warnAt: z.number().min(0).max(1).default(0.8),
})
export type Quota = z.infer<typeof Quota>

/** What is counted against a quota. */
export interface Used {
  readonly artifactBytes: number
  readonly runs: number
  readonly pointsPerDay: number
}
export type Limited = keyof Used

const whatOf: Readonly<Record<Limited, string>> = {
  artifactBytes: 'bytes of artifacts',
  runs: 'runs',
  pointsPerDay: 'points of metrics a day',
}

/** What a limit counts, in words. */
export const wordsOf = (limit: Limited): string => whatOf[limit]

export interface QuotaWarning {
  readonly limit: Limited
  readonly used: number
  readonly allowed: number
  readonly sentence: string
}

/** The limits of which more than `warnAt` is used. */
export function warningsOf(quota: Quota | null, used: Used): QuotaWarning[] {
  if (quota === null) return []
  const limits: readonly Limited[] = ['artifactBytes', 'runs', 'pointsPerDay']
  return limits.flatMap((limit) => {
    const allowed = quota[limit]
    if (allowed === undefined || used[limit] < allowed * quota.warnAt) return []
    const share = allowed === 0 ? 100 : Math.floor((used[limit] / allowed) * 100)
    const sentence = `${used[limit]} of ${allowed} ${whatOf[limit]} are used (${share} %).`
    return [{ limit, used: used[limit], allowed, sentence }]
  })
}

/** The first limit that one more act would exceed. */
export function exceededBy(quota: Quota | null, used: Used, limit: Limited, more: number): number | undefined {
  const allowed = quota?.[limit]
  return allowed !== undefined && used[limit] + more > allowed ? allowed : undefined
}
