import { endpoint, event, page, PageQuery } from '@millrace/contract'
import { z } from 'zod'
import { NoticeKind, Notification } from '../../model/talk.ts'

const Wishes = z.object({
  /** What the caller is told of. Mentions and replies unless somebody chose otherwise. */
  wants: z.array(NoticeKind).max(20),
})

export const listNotifications = endpoint({
  name: 'collaboration.list-notifications',
  method: 'GET',
  path: '/notifications',
  summary: 'Lists what the caller was told inside the product, newest first, and how much of it is unread',
  needs: { permission: 'collaboration:read' },
  input: PageQuery.extend({ unread: z.union([z.boolean(), z.stringbool()]).default(false) }),
  output: page(Notification).extend({ unread: z.int() }),
})

export const readNotifications = endpoint({
  name: 'collaboration.read-notifications',
  method: 'POST',
  path: '/notifications/read',
  summary: 'Marks notifications of the caller as read: those named, or all',
  needs: { permission: 'collaboration:read' },
  input: z.object({ ids: z.array(z.string().max(128)).max(1000).optional() }),
  output: z.object({ unread: z.int() }),
})

export const readWishes = endpoint({
  name: 'collaboration.read-wishes',
  method: 'GET',
  path: '/notification-wishes',
  summary: 'Says of what the caller is told inside the product',
  needs: { permission: 'collaboration:read' },
  input: z.object({}),
  output: Wishes,
})

export const putWishes = endpoint({
  name: 'collaboration.put-wishes',
  method: 'PUT',
  path: '/notification-wishes',
  summary: 'Chooses of what the caller is told inside the product',
  needs: { permission: 'collaboration:read' },
  input: Wishes,
  output: Wishes,
})

export const notificationMade = event('collaboration.notification.made', z.object({ id: z.string(), for: z.string() }))
