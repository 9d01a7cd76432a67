import type { DomainEvent, Ref } from '@millrace/contract'
import type { Db, Dialect } from '../db/db.ts'

/** Who acts. `local` is the person at a loopback server without accounts; `system` is Millrace itself (a listener, a chore). */
export interface Actor {
  readonly id: string
  readonly kind: 'user' | 'service' | 'local' | 'system'
  readonly name: string
  /** Limits of the token in use; absent when it has all its owner's rights. */
  readonly scopes?: readonly string[]
  /** How much the account may ask for, where somebody said so; null is the server's own setting. */
  readonly limits?: {
    readonly requestsPerSecond: number | null
    readonly burst: number | null
    readonly bodyBytes: number | null
  }
}

/** What is the same for everything that happens in one transaction. */
export interface Scope {
  readonly db: Db
  readonly dialect: Dialect
  readonly workspace: string
  readonly actor: Actor
  readonly nowMs: number
  readonly requestId: string
  /** Makes an id of a kind's prefix: `newId('ver')`. */
  readonly newId: (prefix: string) => string
  /** 32 random hexadecimal characters, for the ids whose form is their client's. */
  readonly newHexId: () => string
}

/** A lineage edge to be written with the act that creates it. */
export interface LineageEdge {
  readonly from: Ref
  readonly type: LineageEdgeType
  readonly to: Ref
  /** For `used_data`: training, validation or reference; else what makes the edge plainer. */
  readonly context?: string
}

export type LineageEdgeType =
  | 'used_code'
  | 'used_data'
  | 'derived_from'
  | 'produced'
  | 'executed_as'
  | 'part_of'
  | 'deployed_as'
  | 'measured'
  | 'raised'
  | 'triggered'
  | 'validated_by'
  | 'approved_by'
  | 'replaced'
  | 'reproduces'

/** What an act writes into the audit: the object and its state before and after (plain JSON). */
export interface AuditEntry {
  readonly object: Ref
  readonly before?: unknown
  readonly after?: unknown
  /** Why, in the actor's words (an override, a rejection). */
  readonly reason?: string
}

/** The record the runner hands to the audit domain. `action` is the endpoint's name. */
export interface AuditRecordInput extends AuditEntry {
  readonly action: string
}

/** Implemented by `audit`: writes the record, with its own digest, in the scope's transaction. */
export interface AuditSink {
  record(scope: Scope, entry: AuditRecordInput): Promise<void>
}

/** Implemented by `lineage`: writes the edges in the scope's transaction; an edge that is there already stays once. */
export interface LineageSink {
  add(scope: Scope, edges: readonly LineageEdge[]): Promise<void>
}

/** Proof that a permission was checked. Only an `Authorizer` makes one. */
export type Authorized<P extends string = string> = { readonly permission: P; readonly on: Ref } & {
  readonly [authorized]: true
}
declare const authorized: unique symbol

/** Implemented by `access`. */
export interface Authorizer {
  /** Throws `access/forbidden` when the actor may not. */
  authorize<P extends string>(scope: Scope, permission: P, on: Ref): Promise<Authorized<P>>
  /** Which things of a kind the actor may do this on, for the query of a list. Left out, everything is. */
  visible?(scope: Scope, permission: string, kind: string): Promise<Visibility>
}

/** Which things of a kind somebody may see: all but some, or none but some. Ids as `ResourceKind.identity` gives them. */
export interface Visibility {
  readonly byDefault: boolean
  readonly except: readonly string[]
}

/** True when somebody may see the thing with this id. */
export function isVisible({ byDefault, except }: Visibility, id: string): boolean {
  return except.includes(id) !== byDefault
}

/** Nothing is hidden. */
export const everythingVisible: Visibility = { byDefault: true, except: [] }

/** A veto that a later domain fills, read-only, inside the transaction. It throws a Problem to refuse. */
export type Guard = (scope: Scope, payload: unknown) => Promise<void>

/** What an action returns. The runner writes all of it in the action's own transaction, then answers. */
export interface Outcome<A> {
  readonly answer: A
  readonly events?: readonly DomainEvent[]
  /** `unchanged` when the act found everything as asked for, and wrote nothing. */
  readonly audit: AuditEntry | readonly AuditEntry[] | 'unchanged'
  readonly edges?: readonly LineageEdge[]
}
