import { z } from 'zod'
import { ModelKind } from './registered-model.ts'

/** One condition of a search; all must hold. `key` names the tag. A tag that is not there fulfils none. */
export const Clause = z.object({
  field: z.enum(['name', 'version', 'runId', 'source', 'tag']),
  key: z.string().max(250).optional(),
  comparator: z.enum(['=', '!=', '<', '<=', '>', '>=', 'LIKE', 'ILIKE', 'IN', 'NOT IN']),
  value: z.union([z.string().max(100_000), z.number(), z.array(z.string().max(1000)).max(1000)]),
})
export type Clause = z.infer<typeof Clause>

export const Order = z.object({
  field: z.enum(['name', 'version', 'createdAtMs', 'updatedAtMs']),
  descending: z.boolean().default(false),
})
export type Order = z.infer<typeof Order>

/** What a search of models or versions is asked. `kind` left out: models and prompts. */
export const RegistrySearch = z.object({
  where: z.array(Clause).max(100).default([]),
  orderBy: z.array(Order).max(8).default([]),
  kind: ModelKind.optional(),
  limit: z.int().min(1).max(200_000).default(100),
  pageToken: z.string().max(1024).optional(),
})
export type RegistrySearch = z.infer<typeof RegistrySearch>
