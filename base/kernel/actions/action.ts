import type { Endpoint, Ref } from '@millrace/contract'
import type { z } from 'zod'
import type { Db } from '../db/db.ts'
import type { Actor, AuditEntry, LineageEdge, Outcome, Scope, Visibility } from './scope.ts'

/** What an action's body is given. It awaits nothing but `store`, `call`, `guard`, `holds`: the writer waits for it. */
export interface ActionContext<S, I> {
  readonly store: S
  readonly input: I
  readonly actor: Actor
  readonly workspace: string
  readonly nowMs: number
  readonly newId: (prefix: string) => string
  readonly newHexId: () => string
  /** Runs an earlier domain's action in this transaction, with its own permission, audit record and events. */
  readonly call: <IZ extends z.ZodType, OZ extends z.ZodType>(
    action: Action<IZ, OZ>,
    input: z.input<IZ>,
  ) => Promise<z.output<OZ>>
  /** Reads through an earlier domain's query in this transaction; permission checked as usual. */
  readonly ask: <IZ extends z.ZodType, OZ extends z.ZodType>(
    query: Query<IZ, OZ>,
    input: z.input<IZ>,
  ) => Promise<z.output<OZ>>
  /** Lets later domains veto: `await guard('model-registry.move-alias', { … })`. */
  readonly guard: (name: string, payload: unknown) => Promise<void>
  /** Holds that keep an entity from deletion and collection. */
  readonly holds: Holds
  /** The transaction's scope, for sinks and for calls into an earlier domain's in-process doors. */
  readonly scope: Scope
}

/** Holds on entities of any domain: placed by whoever needs the entity, refused by whoever would delete it. */
export interface Holds {
  place(on: Ref, holder: Ref, reason: string): Promise<void>
  release(on: Ref, holder: Ref): Promise<void>
  /** Throws `kernel/held` naming the first holder when anything holds `on`. */
  refuseIfHeld(on: Ref): Promise<void>
  /** The same for many things at once. */
  refuseIfAnyHeld(all: readonly Ref[]): Promise<void>
}

/** Gives a domain's store for one workspace; there is no other way to make one. */
export type StoreOf<S> = (db: Db, workspace: string) => S

export interface Action<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> {
  readonly kind: 'action'
  readonly endpoint: Endpoint<I, O>
  readonly run: (context: ActionContext<Db, z.output<I>>) => Promise<Outcome<z.input<O>>>
}

/** What a query's body is given; `store` reads committed state. */
export interface QueryContext<S, I> {
  readonly store: S
  readonly input: I
  readonly actor: Actor
  readonly workspace: string
  readonly nowMs: number
  readonly scope: Scope
  readonly ask: ActionContext<S, I>['ask']
  /** Which things of a kind the caller may do this on: a list shows no others. */
  readonly visible: (permission: string, kind: string) => Promise<Visibility>
}

export interface Query<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> {
  readonly kind: 'query'
  readonly endpoint: Endpoint<I, O>
  readonly run: (context: QueryContext<Db, z.output<I>>) => Promise<z.input<O>>
}

/** What an ingest returns: no audit record of its own, but a count that becomes one audit line per source and minute. */
export interface IngestOutcome<A> {
  readonly answer: A
  /** Where it went (a run, an endpoint) and how many rows; `digest` distinguishes what was sent. */
  readonly counted: { readonly source: Ref; readonly rows: number; readonly digest?: string }
  readonly edges?: readonly LineageEdge[]
}

/** Declared like an action, for floods: metric points, spans, ground truth. No outbox row, a live signal only. */
export interface Ingest<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> {
  readonly kind: 'ingest'
  readonly endpoint: Endpoint<I, O>
  readonly run: (context: ActionContext<Db, z.output<I>>) => Promise<IngestOutcome<z.input<O>>>
}

/** Any of the three, of any input and answer: what a manifest lists. */
// oxlint-disable-next-line typescript/no-explicit-any -- a list of operations of many types; the runner parses input and output by their schemas
export type AnyOperation = Action<any, any> | Query<any, any> | Ingest<any, any>

/** Binds a domain's store once: `export const { action, query, ingest } = operations(createStore)`. */
export function operations<S>(storeOf: StoreOf<S>) {
  return {
    /** One verb, one transaction. See `Outcome` for what it returns. */
    action: <I extends z.ZodType, O extends z.ZodType>(
      endpoint: Endpoint<I, O>,
      body: (context: ActionContext<S, z.output<I>>) => Promise<Outcome<z.input<O>>>,
    ): Action<I, O> => ({
      kind: 'action',
      endpoint,
      run: (context) => body({ ...context, store: storeOf(context.scope.db, context.workspace) }),
    }),
    /** A read of committed state. */
    query: <I extends z.ZodType, O extends z.ZodType>(
      endpoint: Endpoint<I, O>,
      body: (context: QueryContext<S, z.output<I>>) => Promise<z.input<O>>,
    ): Query<I, O> => ({
      kind: 'query',
      endpoint,
      run: (context) => body({ ...context, store: storeOf(context.scope.db, context.workspace) }),
    }),
    /** A flood of small writes, counted rather than audited one by one. */
    ingest: <I extends z.ZodType, O extends z.ZodType>(
      endpoint: Endpoint<I, O>,
      body: (context: ActionContext<S, z.output<I>>) => Promise<IngestOutcome<z.input<O>>>,
    ): Ingest<I, O> => ({
      kind: 'ingest',
      endpoint,
      run: (context) => body({ ...context, store: storeOf(context.scope.db, context.workspace) }),
    }),
  }
}

/** The audit entries of an outcome as a list. */
export function auditEntries(audit: Outcome<unknown>['audit']): readonly AuditEntry[] {
  if (audit === 'unchanged') return []
  return 'object' in audit ? [audit] : audit
}
