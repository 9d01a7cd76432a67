import { EpochMs } from '@millrace/contract'
import { z } from 'zod'

/** One approval as a line. */
export const ApprovalRow = z.object({
  id: z.string(),
  title: z.array(z.string()),
  askedBy: z.string(),
  askedAtMs: EpochMs,
  given: z.int(),
  required: z.int(),
  expiresAtMs: EpochMs.nullable(),
  state: z.enum(['requested', 'approved', 'rejected', 'expired', 'revoked']),
})

/** One approval with what it rests on. */
export const ApprovalDetail = z.object({
  id: z.string(),
  title: z.string(),
  policy: z.string().nullable(),
  reason: z.string().nullable(),
  askedBy: z.string(),
  needs: z.array(z.object({ name: z.string(), state: z.enum(['ok', 'bad', 'warn']), found: z.string() })),
  mayDecide: z.boolean(),
  refusal: z.string().nullable(),
  pins: z.string().nullable(),
  subject: z.object({ name: z.string(), to: z.string().nullable() }),
  decisions: z.array(
    z.object({
      by: z.string(),
      decision: z.enum(['approved', 'rejected', 'revoked']),
      reason: z.string().nullable(),
      atMs: EpochMs,
    }),
  ),
})

/** What the page of approvals draws. `mine` counts what waits for the reader. */
export const ApprovalsView = z.object({
  items: z.array(ApprovalRow),
  waiting: z.int(),
  mine: z.int(),
  chosen: ApprovalDetail.nullable(),
})
