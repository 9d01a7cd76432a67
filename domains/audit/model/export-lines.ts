import { z } from 'zod'

/** Names the form of an export, in its first line. */
export const exportFormat = 'millrace-audit-1'

const Hash = z.string().length(64)

/** The first line of an export. `head` is where the head file says that the chain ends. */
export const ExportHeader = z.object({
  format: z.literal(exportFormat),
  workspace: z.string(),
  exportedAtMs: z.int(),
  head: z.object({ length: z.int(), hash: Hash }).nullable(),
})
export type ExportHeader = z.infer<typeof ExportHeader>

/** Every other line: a record as it is stored, with the states beside it. */
export const ExportLine = z.object({
  id: z.string(),
  workspace: z.string(),
  sequence: z.int().nullable(),
  atMs: z.int(),
  actor: z.object({ id: z.string(), kind: z.string(), name: z.string() }),
  action: z.string(),
  object: z.object({ kind: z.string(), id: z.string() }),
  reason: z.string().nullable(),
  requestId: z.string(),
  beforeDigest: Hash.nullable(),
  afterDigest: Hash.nullable(),
  digest: Hash,
  chainHash: Hash.nullable(),
  payload: z.object({ salt: z.string(), before: z.string().nullable(), after: z.string().nullable() }).nullable(),
})
