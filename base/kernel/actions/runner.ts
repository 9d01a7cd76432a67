import type { Endpoint, Ref } from '@millrace/contract'
import { Problem, ref } from '@millrace/contract'
import { z } from 'zod'
import type { Database, Db } from '../db/db.ts'
import { appendEvents } from '../events/append.ts'
import type { EventHub } from '../events/hub.ts'
import type { Action, ActionContext, Ingest, Query } from './action.ts'
import { auditEntries } from './action.ts'
import { holdsOf } from './holds.ts'
import type { IdempotentCall } from './idempotency.ts'
import { earlierAnswer, rememberAnswer } from './idempotency.ts'
import { countIngest } from './ingest-count.ts'
import { kernelProblem } from './kernel-problems.ts'
import type { Actor, AuditSink, Authorizer, Guard, LineageSink, Scope } from './scope.ts'
import { everythingVisible } from './scope.ts'

/** Who calls, from where. */
export interface CallContext {
  readonly actor: Actor
  readonly workspace: string
  readonly requestId?: string
  readonly idempotencyKey?: string
}

/** What the runner is made of. `guards` and `subscribers` are filled from the manifests before the first act. */
export interface RunnerDeps {
  readonly database: Database
  readonly authorizer: Authorizer
  readonly audit: AuditSink
  readonly lineage: LineageSink
  readonly hub: EventHub
  readonly guards: ReadonlyMap<string, readonly Guard[]>
  readonly nowMs: () => number
  readonly newId: (prefix: string) => string
  readonly newHexId: () => string
}

/** The one write path, and the read path beside it. All answers come after the commit. */
export interface Runner {
  act<I extends z.ZodType, O extends z.ZodType>(
    action: Action<I, O>,
    input: z.input<I>,
    context: CallContext,
  ): Promise<z.output<O>>
  ingest<I extends z.ZodType, O extends z.ZodType>(
    ingest: Ingest<I, O>,
    input: z.input<I>,
    context: CallContext,
  ): Promise<z.output<O>>
  ask<I extends z.ZodType, O extends z.ZodType>(
    query: Query<I, O>,
    input: z.input<I>,
    context: CallContext,
  ): Promise<z.output<O>>
  /** A scope for reads outside an operation (describing nodes, authenticating). */
  readScope(context: CallContext): Scope
}

/** Makes the runner. See `mechanisms`: permission → one transaction with state, event, audit, lineage → answer after commit. */
export function createRunner(deps: RunnerDeps): Runner {
  return {
    act: async (action, input, context) => {
      const parsed = parseInput(action.endpoint, input)
      const written = await deps.database.write(async (tx) => {
        const scope = makeScope(deps, tx, context)
        const call = idempotentCall(action.endpoint, parsed, context)
        const earlier = call === undefined ? undefined : await earlierAnswer(scope, call)
        if (earlier !== undefined) return { answer: earlier.answer, appended: [] }
        const sink: AppendedEvents = []
        const answer = await runAction(deps, scope, sink, action, parsed)
        if (call !== undefined) await rememberAnswer(scope, call, answer)
        return { answer, appended: sink }
      })
      deps.hub.committed(written.appended)
      return parseOutput(action.endpoint, written.answer)
    },
    ingest: async (ingest, input, context) => {
      const parsed = parseInput(ingest.endpoint, input)
      const counted = await deps.database.write((tx) => runIngest(deps, makeScope(deps, tx, context), ingest, parsed))
      deps.hub.signal({ workspace: context.workspace, name: ingest.endpoint.name, source: counted.source })
      return parseOutput(ingest.endpoint, counted.answer)
    },
    ask: async (query, input, context) => {
      const scope = makeScope(deps, deps.database.reader, context)
      return runQuery(deps, scope, query, parseInput(query.endpoint, input))
    },
    readScope: (context) => makeScope(deps, deps.database.reader, context),
  }
}

type AppendedEvents = Awaited<ReturnType<typeof appendEvents>>

function makeScope(deps: RunnerDeps, db: Db, context: CallContext): Scope {
  return {
    db,
    dialect: deps.database.dialect,
    workspace: context.workspace,
    actor: context.actor,
    nowMs: deps.nowMs(),
    requestId: context.requestId ?? '',
    newId: deps.newId,
    newHexId: deps.newHexId,
  }
}

async function authorize<I>(deps: RunnerDeps, scope: Scope, endpoint: Endpoint, input: I): Promise<void> {
  const on: Ref = endpoint.needs.on?.(input) ?? ref('workspace', scope.workspace)
  await deps.authorizer.authorize(scope, endpoint.needs.permission, on)
}

async function runAction<I extends z.ZodType, O extends z.ZodType>(
  deps: RunnerDeps,
  scope: Scope,
  appended: AppendedEvents,
  action: Action<I, O>,
  input: z.output<I>,
): Promise<z.input<O>> {
  await authorize(deps, scope, action.endpoint, input)
  const outcome = await action.run(contextOf(deps, scope, appended, input))
  for (const entry of auditEntries(outcome.audit)) {
    await deps.audit.record(scope, { ...entry, action: action.endpoint.name })
  }
  if (outcome.edges !== undefined && outcome.edges.length > 0) await deps.lineage.add(scope, outcome.edges)
  appended.push(...(await appendEvents(scope, outcome.events ?? [], deps.hub.subscribers)))
  return outcome.answer
}

async function runIngest<I extends z.ZodType, O extends z.ZodType>(
  deps: RunnerDeps,
  scope: Scope,
  ingest: Ingest<I, O>,
  input: z.output<I>,
): Promise<{ answer: z.input<O>; source: Ref }> {
  await authorize(deps, scope, ingest.endpoint, input)
  const outcome = await ingest.run(contextOf(deps, scope, [], input))
  await countIngest(scope, ingest.endpoint.name, outcome.counted)
  if (outcome.edges !== undefined && outcome.edges.length > 0) await deps.lineage.add(scope, outcome.edges)
  return { answer: outcome.answer, source: outcome.counted.source }
}

async function runQuery<I extends z.ZodType, O extends z.ZodType>(
  deps: RunnerDeps,
  scope: Scope,
  query: Query<I, O>,
  input: z.output<I>,
): Promise<z.output<O>> {
  await authorize(deps, scope, query.endpoint, input)
  const { actor, workspace, nowMs } = scope
  const visible = async (permission: string, kind: string) =>
    (await deps.authorizer.visible?.(scope, permission, kind)) ?? everythingVisible
  const answer = await query.run({
    store: scope.db,
    input,
    actor,
    workspace,
    nowMs,
    scope,
    ask: askIn(deps, scope),
    visible,
  })
  return parseOutput(query.endpoint, answer)
}

function askIn(deps: RunnerDeps, scope: Scope): ActionContext<Db, unknown>['ask'] {
  return (query, input) => runQuery(deps, scope, query, parseInput(query.endpoint, input))
}

function contextOf<I>(deps: RunnerDeps, scope: Scope, appended: AppendedEvents, input: I): ActionContext<Db, I> {
  const { actor, workspace, nowMs, newId, newHexId } = scope
  return {
    store: scope.db,
    input,
    actor,
    workspace,
    nowMs,
    newId,
    newHexId,
    scope,
    holds: holdsOf(scope),
    call: async (action, inner) => {
      const parsed = parseInput(action.endpoint, inner)
      return parseOutput(action.endpoint, await runAction(deps, scope, appended, action, parsed))
    },
    ask: askIn(deps, scope),
    guard: async (name, payload) => {
      for (const guard of deps.guards.get(name) ?? []) await guard(scope, payload)
    },
  }
}

function idempotentCall(endpoint: Endpoint, input: unknown, context: CallContext): IdempotentCall | undefined {
  if (context.idempotencyKey === undefined || endpoint.secretAnswer) return undefined
  return { key: context.idempotencyKey, route: endpoint.name, input }
}

/** Reads an input by its endpoint's schema. Throws `kernel/invalid-input` naming the fields. */
export function parseInput<I extends z.ZodType>(endpoint: Endpoint<I, z.ZodType>, input: unknown): z.output<I> {
  const result = endpoint.input.safeParse(input)
  if (result.success) return result.data
  const issues = result.error.issues.map((issue) => ({
    path: issue.path.map(String).join('.'),
    message: issue.message,
  }))
  const what = issues.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ')
  const problem = kernelProblem['invalid-input']({ what: `${what}.` })
  throw new Problem(problem.code, problem.status, problem.message, { errors: issues })
}

function parseOutput<O extends z.ZodType>(endpoint: Endpoint<z.ZodType, O>, answer: unknown): z.output<O> {
  const result = endpoint.output.safeParse(answer)
  if (result.success) return result.data
  throw new Error(`${endpoint.name} answered what its contract does not allow: ${z.prettifyError(result.error)}`)
}
