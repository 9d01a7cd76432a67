import { EpochMs, id } from '@millrace/contract'
import { z } from 'zod'

/** Anything that can be talked about: an entity of any domain by kind and id. */
export const Subject = z.object({ kind: z.string().min(1).max(64), id: z.string().min(1).max(256) })

/** What somebody said about a thing. `text` is Markdown; `mentions` are the accounts it names. */
export const Comment = z.object({
  id: id('comment'),
  on: Subject,
  text: z.string().min(1).max(20_000),
  mentions: z.array(z.string()),
  /** The comment it answers. */
  inReplyTo: id('comment').nullable(),
  /** Id and name of who wrote it. */
  createdBy: z.object({ id: z.string(), name: z.string() }),
  createdAtMs: EpochMs,
  editedAtMs: EpochMs.nullable(),
})
export type Comment = z.infer<typeof Comment>

/** What an account may be told of inside the product. */
export const NoticeKind = z.enum(['mention', 'reply', 'incident', 'approval', 'rollback', 'run-failed'])
export type NoticeKind = z.infer<typeof NoticeKind>

/** Something an account should hear about, and whether it has. */
export const Notification = z.object({
  id: id('notification'),
  kind: NoticeKind,
  about: Subject,
  sentence: z.string(),
  createdAtMs: EpochMs,
  readAtMs: EpochMs.nullable(),
})
export type Notification = z.infer<typeof Notification>

/** A view of a page under a name, for everybody in the workspace: `search` is what its address has behind the `?`. */
export const SavedView = z.object({
  page: z.string(),
  name: z.string(),
  search: z.string(),
  createdBy: z.string(),
  updatedAtMs: EpochMs,
})
export type SavedView = z.infer<typeof SavedView>
