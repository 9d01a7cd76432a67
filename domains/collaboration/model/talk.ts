import { EpochMs, id } from '@millrace/contract'
import { z } from 'zod'

/** Anything that can be talked about: an entity of any domain by kind and id. */
export const Subject = z.object({ kind: z.string().min(1).max(64), id: z.string().min(1).max(256) })

/** What somebody said about a thing. `text` is Markdown; `mentions` are the accounts it names. */
export const Comment = z.object({
  id: id('comment'),
  on: Subject,
  text: z.string().min(1).max(20_000),
  mentions: z.array(id('user')),
  /** The comment it answers. */
  inReplyTo: id('comment').nullable(),
  createdBy: id('user'),
  createdAtMs: EpochMs,
  editedAtMs: EpochMs.nullable(),
})
export type Comment = z.infer<typeof Comment>

/** Something an account should hear about, and whether it has. */
export const Notification = z.object({
  id: id('notification'),
  for: id('user'),
  about: Subject,
  sentence: z.string(),
  createdAtMs: EpochMs,
  readAtMs: EpochMs.nullable(),
})
export type Notification = z.infer<typeof Notification>
