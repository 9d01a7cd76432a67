import { EpochMs } from '@millrace/contract'
import { z } from 'zod'

/**
 * One thing that happened to a model or a version. `subject` says what of it: an alias, or nothing. `from` and `to` are
 * what was and what is: stages, approvals, version numbers, names.
 */
export const RegistryChange = z.object({
  kind: z.enum(['created', 'registered', 'alias', 'stage', 'approval', 'renamed', 'owner', 'deleted']),
  version: z.int().nullable(),
  subject: z.string(),
  from: z.string().nullable(),
  to: z.string().nullable(),
  atMs: EpochMs,
  by: z.object({ id: z.string(), name: z.string() }),
  reason: z.string().nullable(),
})
export type RegistryChange = z.infer<typeof RegistryChange>
