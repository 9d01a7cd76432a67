import type { Endpoint, EventType, Ref } from '@millrace/contract'
import type { FastifyInstance } from 'fastify'
import type { AnyOperation } from '../actions/action.ts'
import type { Guard, Scope } from '../actions/scope.ts'
import type { Chore } from '../chores/chores.ts'
import type { Migration } from '../db/db.ts'
import type { SealedColumn } from '../secrets/reseal.ts'
import type { StoredEvent, Subscription } from '../events/append.ts'

/** A handler of another domain's events. `handle` may be called twice for one event: be idempotent by `event.id`. */
export interface Listener {
  /** Unique in its domain; part of the delivery's key, so renaming it loses what is under way. */
  readonly name: string
  /** An event's name, or a prefix ending in `*`. */
  readonly eventName: string
  /** Asked in the act's own transaction, read-only: false spares the delivery. Default: every event is wanted. */
  readonly wants?: Subscription['wants']
  readonly handle: (event: StoredEvent) => Promise<void>
}

/** Listens to one event with its payload parsed: `on(runFinished, 'close-trial', async (payload, event) => …)`. */
export function on<P>(
  type: EventType<P>,
  name: string,
  handle: (payload: P, event: StoredEvent) => Promise<void>,
): Listener {
  return { name, eventName: type.eventName, handle: (event) => handle(type.schema.parse(event.payload), event) }
}

/** How a lineage node of this kind reads: its title and one fact. */
export interface NodeDescription {
  readonly id: string
  readonly title: string
  readonly fact?: string
  /** Path of its page below `/w/{workspace}`. */
  readonly href?: string
  readonly state?: string
}

export interface NodeKind {
  readonly kind: string
  describe(scope: Scope, ids: readonly string[]): Promise<NodeDescription[]>
}

/** How access finds the nearest grant: the entity's parent (run → experiment → workspace). Undefined is the workspace. */
export interface ResourceKind {
  readonly kind: string
  parent(scope: Scope, id: string): Promise<Ref | undefined>
  /** For things with several names: the one id that grants are kept under, which a new name leaves as it is. Undefined when there is no such thing. */
  identity?(scope: Scope, id: string): Promise<string | undefined>
}

/** A domain's manifest: all that the host knows of it. */
export interface Domain {
  readonly name: string
  readonly migrations: Readonly<Record<string, Migration>>
  readonly operations: readonly AnyOperation[]
  readonly listens?: readonly Listener[]
  readonly chores?: readonly Chore[]
  /** Vetoes this domain fills, by the guard's name. */
  readonly guards?: Readonly<Record<string, Guard>>
  readonly nodeKinds?: readonly NodeKind[]
  readonly resources?: readonly ResourceKind[]
  /** Columns of this domain's tables that hold texts of `runtime.secrets.seal`, so that a new key reaches them. */
  readonly sealed?: readonly SealedColumn[]
  /** Endpoints that `routes` serves, so that OpenAPI names them as it does those of `operations`. */
  readonly documented?: readonly Endpoint[]
  /** Routes a contract cannot say (streams, special forms, dialects), in an encapsulated Fastify scope of their own. */
  readonly routes?: (app: FastifyInstance) => void | Promise<void>
  /** Called after migrations, in domain order, before the first request. */
  readonly start?: () => Promise<void>
  /** Called on drain, in reverse order, after the last request. */
  readonly stop?: () => Promise<void>
}
