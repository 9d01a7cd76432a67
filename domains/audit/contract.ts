import { endpoint, EpochMs, id, page, PageQuery, problems } from '@millrace/contract'
import { z } from 'zod'

const Digest = z.string().length(64)

/** One act, as the chain keeps it. `sequence` and `chainHash` are null until the sealer has linked it, within a second. */
export const AuditRecord = z.object({
  id: id('audit-record'),
  sequence: z.int().nullable(),
  atMs: EpochMs,
  actor: z.object({ id: z.string(), kind: z.string(), name: z.string() }),
  /** The endpoint's name: `model-registry.move-alias`. */
  action: z.string(),
  object: z.object({ kind: z.string(), id: z.string() }),
  /** Why, in the actor's words. */
  reason: z.string().optional(),
  requestId: z.string(),
  /** SHA-256 over the record in canonical JSON (RFC 8785), with before and after as salted digests. */
  digest: Digest,
  /** SHA-256 over the previous record's chain hash followed by this digest, both as hexadecimal text. */
  chainHash: Digest.nullable(),
})
export type AuditRecord = z.infer<typeof AuditRecord>

/** A record with the object's state before and after the act, unless erased. */
export const AuditRecordDetail = AuditRecord.extend({
  before: z.unknown().optional(),
  after: z.unknown().optional(),
  /** True when before and after were erased; their digests stay in the chain. */
  erased: z.boolean(),
})

/** The first record that is not as it was written, and what is wrong with it. */
export const BadRecord = z.object({ sequence: z.int().nullable(), id: z.string().nullable(), reason: z.string() })

/** What a verification found. `length`, `unsealed` and `erased` count what was read up to the first bad record. */
export const Verification = z.object({
  ok: z.boolean(),
  /** Records in the chain. */
  length: z.int(),
  /** Chain hash of the last one; null for an empty chain. */
  head: Digest.nullable(),
  /** Records written but not yet linked: their own digests were checked, their order and number cannot be. */
  unsealed: z.int(),
  /** The first hundred of them. */
  unsealedIds: z.array(z.string()),
  /** Records whose before and after were erased, each with a record that says so. */
  erased: z.int(),
  firstBad: BadRecord.optional(),
})
export type Verification = z.infer<typeof Verification>

/** Every way audit says no. */
export const auditProblem = problems('audit', {
  'no-such-record': { status: 404, say: (p: { id: string }) => `There is no audit record ${p.id} in this workspace.` },
  'no-store': {
    status: 400,
    say: (p: { path: string }) =>
      `There is no ${p.path}. Name the server's data directory; if its store is PostgreSQL, verify on the server ("millrace audit verify") or an export.`,
  },
  'not-an-export': {
    status: 400,
    say: (p: { path: string; line: number; reason: string }) =>
      `${p.path} is not an audit export of Millrace: line ${p.line} ${p.reason}.`,
  },
  unreadable: { status: 400, say: (p: { path: string; reason: string }) => `${p.path} cannot be read: ${p.reason}.` },
})

const needs = { permission: 'audit:read' } as const

export const listAudit = endpoint({
  name: 'audit.list-records',
  method: 'GET',
  path: '/audit',
  summary: 'Lists audit records, newest first, by object, actor, action and time',
  needs,
  input: PageQuery.extend({
    /** Id of the object. */
    object: z.string().max(256).optional(),
    /** Kind of the object. */
    kind: z.string().max(64).optional(),
    /** Id or name of the actor. */
    actor: z.string().max(256).optional(),
    /** An action's name, or its beginning and a `*`. */
    action: z
      .string()
      .regex(/^[a-z0-9.-]{1,128}\*?$/, 'write it as domain.verb-noun, or its beginning and *')
      .optional(),
    fromMs: z.coerce.number().pipe(EpochMs).optional(),
    /** Excluded. */
    toMs: z.coerce.number().pipe(EpochMs).optional(),
  }),
  output: page(AuditRecord),
})

export const readAuditRecord = endpoint({
  name: 'audit.read-record',
  method: 'GET',
  path: '/audit/{id}',
  summary: 'Reads one audit record with the state before and after the act',
  needs,
  input: z.object({ id: z.string() }),
  output: AuditRecordDetail,
  problems: [auditProblem['no-such-record']],
})

export const verifyAudit = endpoint({
  name: 'audit.verify',
  method: 'GET',
  path: '/audit/verification',
  summary: 'Reads the whole chain again and says whether a record was changed, removed, moved or cut off',
  needs,
  input: z.object({}),
  output: Verification,
})

export const erasePayload = endpoint({
  name: 'audit.erase-payload',
  method: 'POST',
  path: '/audit/{id}/erasure',
  summary: 'Erases the state before and after an act; the record and the chain stay whole',
  needs: { permission: 'audit:administer' },
  input: z.object({ id: z.string(), reason: z.string().min(1).max(2000) }),
  output: AuditRecord,
  problems: [auditProblem['no-such-record']],
})
