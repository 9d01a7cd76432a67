import type { Ref } from '@millrace/contract'
import type { StoredEvent, Subscription } from './append.ts'

/** A flood's live signal: something was ingested. Not stored, so a page that was away reads anew. */
export interface LiveSignal {
  readonly workspace: string
  readonly name: string
  readonly source: Ref
}

export type LiveMessage =
  | { readonly kind: 'event'; readonly event: StoredEvent }
  | { readonly kind: 'signal'; readonly signal: LiveSignal }

/** What committed acts say to this process: deliveries are woken, live pages are told. */
export interface EventHub {
  readonly subscribers: readonly Subscription[]
  subscribe(subscription: Subscription): void
  committed(events: readonly StoredEvent[]): void
  signal(signal: LiveSignal): void
  /** Calls `hear` for each message until the returned function is called. */
  listen(hear: (message: LiveMessage) => void): () => void
}

/** Makes the hub of one process. */
export function createEventHub(): EventHub {
  const subscribers: Subscription[] = []
  const listeners = new Set<(message: LiveMessage) => void>()
  const tell = (message: LiveMessage) => {
    for (const hear of listeners) hear(message)
  }
  return {
    subscribers,
    subscribe: (subscription) => void subscribers.push(subscription),
    committed: (events) => {
      for (const event of events) tell({ kind: 'event', event })
    },
    signal: (signal) => tell({ kind: 'signal', signal }),
    listen: (hear) => {
      listeners.add(hear)
      return () => void listeners.delete(hear)
    },
  }
}
