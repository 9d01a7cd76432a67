import { EpochMs, Name } from '@millrace/contract'
import { z } from 'zod'

/** Where notifications go. What is secret of it (a Slack address, a signing secret) is kept sealed and never shown. */
export const ChannelSpec = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('webhook'),
    url: z.string().min(1).max(4096),
    /** Signs what is sent. */
    secret: z.string().min(1).max(1000).optional(),
  }),
  z.object({ kind: z.literal('slack'), url: z.string().min(1).max(4096) }),
  z.object({
    kind: z.literal('email'),
    to: z.array(z.email().max(320)).min(1).max(50),
    subjectPrefix: z
      .string()
      .max(100)
      .regex(/^[^\r\n]*$/, 'must be one line')
      .default(''),
  }),
])
export type ChannelSpec = z.infer<typeof ChannelSpec>

export const Channel = z.object({
  name: Name,
  kind: z.enum(['webhook', 'slack', 'email']),
  /** Where it goes, without what is secret: a host, or the addresses of mail. */
  target: z.string(),
  signed: z.boolean(),
  createdAtMs: EpochMs,
  updatedAtMs: EpochMs,
  createdBy: z.string(),
})
export type Channel = z.infer<typeof Channel>

/**
 * What to tell of: `run.finished`, `run.failed` (also killed), `run.stalled` (running, but nothing logged for so long), or
 * the name of any event (`monitoring.alert.fired`), or the start of names ending in `*`.
 */
export const RuleSpec = z.object({
  on: z.array(z.string().min(1).max(128)).min(1).max(50),
  channels: z.array(Name).min(1).max(20),
  /** Runs only: all that is given must hold. */
  filter: z
    .object({
      experiment: z.string().max(500).optional(),
      runId: z.string().max(256).optional(),
      tags: z.record(z.string().max(250), z.string().max(5000)).default({}),
    })
    .default({ tags: {} }),
  stalledAfterMinutes: z.int().min(1).max(10_080).default(30),
  active: z.boolean().default(true),
})
export type RuleSpec = z.infer<typeof RuleSpec>

export const Rule = z.object({
  name: Name,
  spec: RuleSpec,
  createdAtMs: EpochMs,
  updatedAtMs: EpochMs,
  createdBy: z.string(),
})
export type Rule = z.infer<typeof Rule>

/** What the rules need to know of a run; given by whoever owns runs. */
export interface RunFacts {
  readonly id: string
  readonly name: string
  readonly experiment: string
  readonly status: string
  readonly tags: Readonly<Record<string, string>>
  /** When it was last heard of: its last logged point, or its start. */
  readonly lastAtMs: number
}

/** What a channel is told. `link` is a path below the workspace's pages. */
export interface Message {
  readonly title: string
  readonly text: string
  readonly link?: string | undefined
}

/** True when a rule's filter lets this run through. */
export function letsThrough(filter: RuleSpec['filter'], run: RunFacts): boolean {
  if (filter.experiment !== undefined && filter.experiment !== run.experiment) return false
  if (filter.runId !== undefined && filter.runId !== run.id) return false
  return Object.entries(filter.tags).every(([key, value]) => run.tags[key] === value)
}

/** How a run's end reads. */
export function messageOfRun(run: RunFacts, state: 'finished' | 'failed' | 'stalled', quietMinutes = 0): Message {
  const what = {
    finished: `Run "${run.name}" finished`,
    failed: `Run "${run.name}" ${run.status === 'killed' ? 'was killed' : 'failed'}`,
    stalled: `Run "${run.name}" has logged nothing for ${quietMinutes} minute${quietMinutes === 1 ? '' : 's'}`,
  }[state]
  return { title: what, text: `${what}. Experiment: ${run.experiment}. Run: ${run.id}.`, link: `/runs/${run.id}` }
}
