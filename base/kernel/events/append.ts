import { tables } from '../db/database.ts'
import type { DomainEvent } from '@millrace/contract'
import type { Scope } from '../actions/scope.ts'
import type { KernelTables } from '../actions/tables.ts'

/** An event as it lies in the outbox. */
export interface StoredEvent {
  readonly position: number
  readonly id: string
  readonly workspace: string
  readonly name: string
  readonly subject: string
  readonly payload: unknown
  readonly atMs: number
}

/** Who wants which events: an exact name, or a prefix ending in `*`. */
export interface Subscription {
  readonly subscriber: string
  readonly eventName: string
}

/** Writes events and one delivery per subscriber, in the act's transaction. */
export async function appendEvents(
  scope: Scope,
  events: readonly DomainEvent[],
  subscribers: readonly Subscription[],
): Promise<StoredEvent[]> {
  const stored: StoredEvent[] = []
  for (const event of events) stored.push(await appendOne(scope, event, subscribers))
  return stored
}

async function appendOne(scope: Scope, event: DomainEvent, subscribers: readonly Subscription[]): Promise<StoredEvent> {
  const db = tables<KernelTables>(scope.db)
  const { name, subject, payload } = event
  const id = scope.newId('evt')
  const { position } = await db
    .insertInto('kernel_event')
    .values({ id, workspace: scope.workspace, name, subject, payload: JSON.stringify(payload), at_ms: scope.nowMs })
    .returning('position')
    .executeTakeFirstOrThrow()
  const deliveries = subscribers
    .filter((subscription) => matches(subscription.eventName, name))
    .map(({ subscriber }) => ({
      event_id: id,
      position,
      subscriber,
      subject,
      state: 'pending' as const,
      attempts: 0,
      next_at_ms: scope.nowMs,
      lease_until_ms: 0,
      error: null,
    }))
  if (deliveries.length > 0) await db.insertInto('kernel_delivery').values(deliveries).execute()
  return { position, id, workspace: scope.workspace, name, subject, payload, atMs: scope.nowMs }
}

/** True when an event's name is the pattern, or starts with a pattern that ends in `*`. */
export function matches(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name
}
