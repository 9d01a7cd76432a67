import type { Ref } from '@millrace/contract'
import type { FastifyInstance } from 'fastify'
import { onTestFinished } from 'vitest'
import type { z } from 'zod'
import type { Action, Ingest, Query } from '../actions/action.ts'
import type { CallContext } from '../actions/runner.ts'
import type { Actor, AuditRecordInput, Authorized, LineageEdge } from '../actions/scope.ts'
import type { KernelTables } from '../actions/tables.ts'
import { loadConfig } from '../config/config.ts'
import type { Database } from '../db/db.ts'
import { tables } from '../db/db.ts'
import type { Domain } from '../runtime/domain.ts'
import type { Kernel, KernelPorts } from '../runtime/kernel.ts'
import { createKernel } from '../runtime/kernel.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { createLog } from '../telemetry/log.ts'
import { temporaryFolder } from './temporary-folder.ts'

export interface TestKernelOptions {
  readonly database: Database
  readonly domains: (runtime: Runtime) => readonly Domain[]
  /** Where the fake clock starts; default 2026-01-01. */
  readonly startMs?: number
  /** Ports of the real first domains, where a test wants them; default: everything allowed, audit and lineage recorded in arrays. */
  readonly ports?: Parameters<typeof createKernel>[0]['ports']
  readonly dataDir?: string
  readonly settings?: readonly string[]
}

type Caller = Partial<Omit<CallContext, 'actor'>> & { as?: Actor }

/** A kernel on a real store, with a fake clock, not listening. `app.inject` reaches its routes. */
export interface TestKernel {
  readonly kernel: Kernel
  readonly runtime: Runtime
  readonly app: FastifyInstance
  readonly clock: { nowMs: number; advance(ms: number): void }
  readonly auditTrail: (AuditRecordInput & { actor: string; workspace: string })[]
  readonly edges: LineageEdge[]
  act<I extends z.ZodType, O extends z.ZodType>(
    action: Action<I, O>,
    input: z.input<I>,
    caller?: Caller,
  ): Promise<z.output<O>>
  ingest<I extends z.ZodType, O extends z.ZodType>(
    ingest: Ingest<I, O>,
    input: z.input<I>,
    caller?: Caller,
  ): Promise<z.output<O>>
  ask<I extends z.ZodType, O extends z.ZodType>(
    query: Query<I, O>,
    input: z.input<I>,
    caller?: Caller,
  ): Promise<z.output<O>>
  /** Committed events, oldest first, by name where one is given. */
  events(name?: string): Promise<{ name: string; subject: string; payload: unknown }[]>
  /** Waits until every due delivery was handled. */
  deliver(): Promise<void>
}

/** A person to act as. */
export function aPerson(name: string): Actor {
  return { id: `usr_${name}`, kind: 'user', name }
}

/** Starts a kernel that is stopped when the test ends. */
export async function testKernel(options: TestKernelOptions): Promise<TestKernel> {
  const clock = { nowMs: options.startMs ?? Date.UTC(2026, 0, 1), advance: (ms: number) => void (clock.nowMs += ms) }
  const auditTrail: TestKernel['auditTrail'] = []
  const edges: LineageEdge[] = []
  const dataDir = options.dataDir ?? (await temporaryFolder())
  const argv = ['--data-dir', dataDir, '--port', '0', '--log-level', 'silent', ...(options.settings ?? [])]
  const kernel = await createKernel({
    config: loadConfig({ argv, env: {}, cwd: dataDir }).config,
    database: options.database,
    log: createLog('silent'),
    ports: options.ports ?? (() => recordingPorts(auditTrail, edges)),
    domains: options.domains,
    nowMs: () => clock.nowMs,
  })
  await kernel.startWithoutListening()
  onTestFinished(() => kernel.stop())
  const { runtime } = kernel
  const context = ({ as = aPerson('ann'), ...rest }: Caller = {}): CallContext => ({
    workspace: 'default',
    actor: as,
    ...rest,
  })
  return {
    kernel,
    runtime,
    app: kernel.app,
    clock,
    auditTrail,
    edges,
    act: (action, input, caller) => runtime.runner.act(action, input, context(caller)),
    ingest: (ingest, input, caller) => runtime.runner.ingest(ingest, input, context(caller)),
    ask: (query, input, caller) => runtime.runner.ask(query, input, context(caller)),
    events: (name) => committedEvents(runtime, name),
    deliver: () => kernel.dispatcher.idle(),
  }
}

function recordingPorts(auditTrail: TestKernel['auditTrail'], edges: LineageEdge[]): KernelPorts {
  return {
    // A test's authorizer allows everything; the proof is its type alone.
    authorizer: {
      authorize: async <P extends string>(_scope: unknown, permission: P, on: Ref) =>
        ({ permission, on }) as Authorized<P>,
    },
    audit: {
      record: async (scope, entry) =>
        void auditTrail.push({ ...entry, actor: scope.actor.id, workspace: scope.workspace }),
    },
    lineage: { add: async (_scope, added) => void edges.push(...added) },
    authenticate: async () => aPerson('ann'),
  }
}

async function committedEvents(runtime: Runtime, name: string | undefined) {
  const rows = await tables<KernelTables>(runtime.database.reader)
    .selectFrom('kernel_event')
    .selectAll()
    .orderBy('position')
    .execute()
  return rows
    .filter((row) => name === undefined || row.name === name)
    .map((row) => ({ name: row.name, subject: row.subject, payload: JSON.parse(row.payload) as unknown }))
}
