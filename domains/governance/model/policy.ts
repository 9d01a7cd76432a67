import { EpochMs, Name } from '@millrace/contract'
import { ModelName } from '@millrace/model-registry/contract'
import { z } from 'zod'

/** How much harm a wrong model can do, as its registered model says it. */
export const RiskTier = z.enum(['low', 'high'])
export type RiskTier = z.infer<typeof RiskTier>

export const EvidenceKind = z.enum(['evaluation', 'comparison', 'latency', 'signature'])

/**
 * One thing that a version must show. `better_than_champion`: a paired comparison with the current champion on a data
 * version whose interval at `confidence` lies wholly on the candidate's side (`metric`: default the comparison's
 * first). `metric_at_least`, `metric_at_most`: a measured `metric` wholly on the right side of `limit`.
 * `evidence_present`: evidence of kind `evidence` (default any).
 */
export const Check = z
  .object({
    name: Name,
    kind: z.enum([
      'better_than_champion',
      'metric_at_least',
      'metric_at_most',
      'signature_present',
      'evidence_present',
    ]),
    metric: z.string().min(1).max(250).optional(),
    limit: z.number().optional(),
    confidence: z.number().min(0.5).max(0.999999).default(0.95),
    evidence: EvidenceKind.optional(),
  })
  .refine((check) => !check.kind.startsWith('metric_') || (check.metric !== undefined && check.limit !== undefined), {
    message: 'a check of a metric names its metric and its limit',
  })
export type Check = z.output<typeof Check>

const sevenDaysMs = 7 * 24 * 60 * 60 * 1000

/** How many people must agree, when nobody needs to, and how long a request waits. `expiresAfterMs` null: for ever. */
export const ApprovalRule = z.object({
  count: z.int().min(0).max(20).default(1),
  automaticForTier: z.array(RiskTier).default([]),
  separationOfDuties: z.boolean().default(true),
  expiresAfterMs: z.int().min(1).nullable().default(sevenDaysMs),
})

/** What a model's versions need before they may be used. It applies to the models it names and to the risk tiers it names. */
export const PolicySpec = z.object({
  models: z.array(ModelName).max(1000).default([]),
  tiers: z.array(RiskTier).default([]),
  checks: z
    .array(Check)
    .max(100)
    .default([])
    .refine((checks) => new Set(checks.map((check) => check.name)).size === checks.length, {
      message: 'two checks have the same name',
    }),
  approvals: ApprovalRule.prefault({}),
  guardedAliases: z.array(z.string().min(1).max(255)).max(100).default(['champion']),
})
export type PolicySpec = z.output<typeof PolicySpec>

export const Policy = z.object({ name: Name, spec: PolicySpec, createdAtMs: EpochMs, updatedAtMs: EpochMs })
export type Policy = z.output<typeof Policy>
