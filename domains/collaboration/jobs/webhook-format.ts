import { createHmac } from 'node:crypto'
import type { StoredEvent } from '@millrace/kernel'
import { isWanted, requireEvents } from '../model/event-names.ts'

/** One body to send for an event. `part` tells the bodies of one event apart. */
export interface RenderedEvent {
  readonly part: string
  /** The event as the receiver's system calls it. */
  readonly event: string
  readonly body: Readonly<Record<string, unknown>>
}

/** How webhooks speak: the names of events, what is sent, and the headers. */
export interface WebhookFormat {
  /** Headers are `<prefix>-Delivery-Id`, `<prefix>-Timestamp` and `<prefix>-Signature`. */
  readonly headerPrefix: string
  /** Throws where a name is not one of this format's. */
  readonly requireEvents: (names: readonly string[]) => void
  /** What of an event is sent to somebody who wants these names; nothing where it is none of them. */
  readonly render: (event: StoredEvent, wanted: readonly string[]) => readonly RenderedEvent[]
  /** What a test sends for a name. */
  readonly example: (name: string, nowMs: number) => Readonly<Record<string, unknown>>
}

/** Our own words: the event as it happened. */
export const millraceFormat: WebhookFormat = {
  headerPrefix: 'X-Millrace',
  requireEvents,
  render: (event, wanted) => {
    if (!isWanted(wanted, event.name)) return []
    const { id, name, workspace, subject, payload, atMs } = event
    return [{ part: '', event: name, body: { id, event: name, workspace, subject, atMs, data: payload } }]
  },
  example: (name, nowMs) => ({
    id: 'evt_test',
    event: name,
    workspace: 'default',
    subject: 'test',
    atMs: nowMs,
    data: {},
  }),
}

/**
 * The headers that say which delivery this is, when it was sent, and, where there is a secret, who sent it:
 * `v1,<base64 of HMAC-SHA256 over "<delivery>.<seconds>.<body>">`, as Standard Webhooks has it.
 */
export function deliveryHeaders(
  { headerPrefix }: Pick<WebhookFormat, 'headerPrefix'>,
  sent: { readonly id: string; readonly nowMs: number; readonly body: string; readonly secret: string | undefined },
): Record<string, string> {
  const seconds = String(Math.floor(sent.nowMs / 1000))
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'Millrace',
    [`${headerPrefix}-Delivery-Id`]: sent.id,
    [`${headerPrefix}-Timestamp`]: seconds,
  }
  if (sent.secret === undefined || sent.secret === '') return headers
  const signed = createHmac('sha256', sent.secret).update(`${sent.id}.${seconds}.${sent.body}`).digest('base64')
  return { ...headers, [`${headerPrefix}-Signature`]: `v1,${signed}` }
}
