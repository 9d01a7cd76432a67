import type { DomainEvent } from '@millrace/contract'
import type { Scope } from '../actions/scope.ts'
import { rowsOfValues, statement, statementOfRows } from '../db/statement.ts'

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
  /** Says, in the act's own transaction, whether this event is to be delivered. It only reads. */
  readonly wants?: ((scope: Scope, event: DomainEvent) => Promise<boolean>) | undefined
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
  const { name, subject, payload } = event
  const { workspace, nowMs: atMs } = scope
  const id = scope.newId('evt')
  const [inserted] = await insertEvent(scope, id, workspace, name, subject, JSON.stringify(payload), atMs)
  const position = inserted?.position ?? 0
  const deliveries: (readonly unknown[])[] = []
  for (const { subscriber, eventName, wants } of subscribers) {
    if (!matches(eventName, name) || (wants !== undefined && !(await wants(scope, event)))) continue
    deliveries.push([id, position, subscriber, subject, 'pending', 0, atMs, 0])
  }
  if (deliveries.length > 0) await insertDeliveries(scope, deliveries)
  return { position, id, workspace, name, subject, payload, atMs }
}

const insertEvent = statement<
  readonly [id: string, workspace: string, name: string, subject: string, payload: string, atMs: number],
  { position: number }
>(
  'insert into kernel_event (id, workspace, name, subject, payload, at_ms) values (?, ?, ?, ?, ?, ?) returning position',
)

const insertDeliveries = statementOfRows(
  (rows) =>
    `insert into kernel_delivery (event_id, position, subscriber, subject, state, attempts, next_at_ms, lease_until_ms)
    values ${rowsOfValues(rows, 8)}`,
)

/** True when an event's name is the pattern, or starts with a pattern that ends in `*`. */
export function matches(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name
}
