import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { makeId, problems } from '@millrace/contract'
import type { FastifyInstance } from 'fastify'
import { closeIngestCounts } from '../actions/ingest-count.ts'
import { forgetOldAnswers } from '../actions/idempotency.ts'
import * as kernelMigration from '../actions/migrations/0001-create-kernel.ts'
import type { AuditSink, Authorizer, Guard, LineageSink } from '../actions/scope.ts'
import { everythingVisible } from '../actions/scope.ts'
import { createRunner } from '../actions/runner.ts'
import { createAnalytics } from '../analytics/analytics.ts'
import type { Chore, ChoreRunner } from '../chores/chores.ts'
import { createChoreRunner } from '../chores/chores.ts'
import type { Config } from '../config/config.ts'
import type { Database, MigrationSet } from '../db/db.ts'
import { migrate } from '../db/db.ts'
import { listDeadLetters, settleDeadLetter } from '../events/dead-letters.ts'
import type { Dispatcher, EventHandler } from '../events/dispatcher.ts'
import { createDispatcher } from '../events/dispatcher.ts'
import { forgetEvents } from '../events/forget-events.ts'
import { createEventHub } from '../events/hub.ts'
import { countDeliveries } from '../events/outbox.ts'
import { createHttpHost } from '../http/host.ts'
import { limitRates } from '../http/rate-limits.ts'
import { openLocalDisk, readLocalDisk } from '../object-store/local-disk.ts'
import type { ObjectStore } from '../object-store/object-store.ts'
import { objectProblem } from '../object-store/object-store.ts'
import type { OpenLocation } from '../object-store/store-location.ts'
import { parseLocation } from '../object-store/store-location.ts'
import { createReaders } from '../readers/readers.ts'
import type { SealedColumn } from '../secrets/reseal.ts'
import { createSecrets, secretsOptionsOf } from '../secrets/secrets.ts'
import type { Logger } from '../telemetry/log.ts'
import { createMetrics } from '../telemetry/metrics.ts'
import type { Tracing } from '../telemetry/tracing.ts'
import { noTracing } from '../telemetry/tracing.ts'
import type { Domain, NodeKind, ResourceKind } from './domain.ts'
import { randomBytesOf } from './random-pool.ts'
import type { Authenticate, Runtime } from './runtime.ts'
import { systemActor } from './runtime.ts'

/** What the first three domains implement for the kernel. `resources` is filled later, so they read it when asked. */
export interface KernelPorts {
  readonly authorizer: Authorizer
  readonly audit: AuditSink
  readonly lineage: LineageSink
  readonly authenticate: Authenticate
}

export interface KernelOptions {
  readonly config: Config
  readonly database: Database
  readonly log: Logger
  /** Made with the runtime's registries so that `access` can walk to an entity's parent. */
  readonly ports: (registries: {
    resources: ReadonlyMap<string, ResourceKind>
    database: Database
    nowMs: () => number
    config: Config
  }) => KernelPorts
  readonly domains: (runtime: Runtime) => readonly Domain[]
  readonly nowMs?: () => number
  readonly random?: () => number
  /** Where spans go; default nowhere. */
  readonly tracing?: Tracing
  /** Where files lie; default the data directory's `artifacts`. */
  readonly objects?: ObjectStore
  /** Opens places that experiments name themselves, beyond folders of this machine. */
  readonly openLocation?: OpenLocation
  /** Entry file of the analytics child in a packed build. */
  readonly analyticsEntry?: string
}

/** The running whole: made by `createKernel`, started once, stopped once. */
export interface Kernel {
  readonly runtime: Runtime
  readonly app: FastifyInstance
  readonly dispatcher: Dispatcher
  readonly chores: ChoreRunner
  readonly domains: readonly Domain[]
  /** Migrates, starts the domains in order, listens. Returns the port. */
  start(): Promise<{ port: number }>
  /** Migrates and starts everything but the listener: for tests and offline commands. */
  startWithoutListening(): Promise<void>
  /** Drains: no new requests, finishes what is under way, stops domains in reverse order, closes the store. */
  readonly stop: () => Promise<void>
}

/** Wires ports and manifests together. Nothing runs before `start`. */
export async function createKernel(options: KernelOptions): Promise<Kernel> {
  const { config, database, log } = options
  const nowMs = options.nowMs ?? Date.now
  const registries = createRegistries()
  const ports = options.ports({ resources: registries.resources, database, nowMs, config })
  const hub = createEventHub()
  const newId = (prefix: string) => makeId(prefix, nowMs(), randomBytesOf(10))
  const newHexId = () => randomBytesOf(16).toString('hex')
  const runner = createRunner({ database, ...ports, hub, guards: registries.guards, nowMs, newId, newHexId })
  await mkdir(config.dataDir, { recursive: true })
  const address = { url: '' }
  const runtime: Runtime = {
    runner,
    database,
    hub,
    log,
    config,
    nowMs,
    newId,
    newHexId,
    dataDir: config.dataDir,
    objects: options.objects ?? (await openLocalDisk(join(config.dataDir, 'artifacts'))),
    openObjects: openerOf(options.openLocation),
    analytics: createAnalytics({
      allowedFolders: [config.dataDir],
      ...(options.analyticsEntry === undefined ? {} : { entry: options.analyticsEntry }),
    }),
    readers: createReaders({ database }),
    tracing: options.tracing ?? noTracing,
    metrics: createMetrics(() => countDeliveries(database)),
    random: options.random ?? Math.random,
    baseUrl: () => address.url,
    nodeKinds: registries.nodeKinds,
    resources: registries.resources,
    secrets: createSecrets(secretsOptionsOf(config)),
    sealedColumns: registries.sealedColumns,
    authenticate: limitRates(ports.authenticate, { config, nowMs }),
    authorize: (scope, permission, on) => ports.authorizer.authorize(scope, permission, on),
    visible: async (scope, permission, kind) =>
      (await ports.authorizer.visible?.(scope, permission, kind)) ?? everythingVisible,
  }
  hub.listen((message) => {
    if (message.kind === 'event') runtime.metrics.events.inc({ name: message.event.name })
  })
  const domains = options.domains(runtime)
  registries.fill(domains)
  const handlers = subscribeAll(domains, runtime)
  const dispatcher = createDispatcher({ database, hub, handlers, nowMs, random: runtime.random, log })
  const chores = createChoreRunner({
    database,
    chores: [...kernelChores(runtime, ports.audit), ...domains.flatMap((domain) => domain.chores ?? [])],
    holder: newId('proc'),
    nowMs,
    log,
  })
  const app = await createHttpHost({ runtime, domains, operations: [listDeadLetters, settleDeadLetter] })
  return assemble({ runtime, app, dispatcher, chores, domains, address, audit: ports.audit })
}

/** Folders need nothing; what needs a library is opened by who has it. */
function openerOf(openLocation: OpenLocation | undefined): Runtime['openObjects'] {
  return async (text) => {
    const location = parseLocation(text)
    if (location.kind === 'disk') return readLocalDisk(location.path)
    if (openLocation === undefined) throw objectProblem['unknown-location']({ location: text })
    return openLocation(location)
  }
}

function createRegistries() {
  const resources = new Map<string, ResourceKind>()
  const nodeKinds = new Map<string, NodeKind>()
  const guards = new Map<string, Guard[]>()
  const sealedColumns: SealedColumn[] = []
  return {
    sealedColumns,
    resources,
    nodeKinds,
    guards,
    fill(domains: readonly Domain[]) {
      for (const domain of domains) {
        sealedColumns.push(...(domain.sealed ?? []))
        for (const kind of domain.resources ?? []) resources.set(kind.kind, kind)
        for (const kind of domain.nodeKinds ?? []) nodeKinds.set(kind.kind, kind)
        for (const [name, guard] of Object.entries(domain.guards ?? {})) {
          guards.set(name, [...(guards.get(name) ?? []), guard])
        }
      }
    },
  }
}

function subscribeAll(domains: readonly Domain[], runtime: Runtime): Map<string, EventHandler> {
  const handlers = new Map<string, EventHandler>()
  for (const domain of domains) {
    for (const listener of domain.listens ?? []) {
      const subscriber = `${domain.name}/${listener.name}`
      if (handlers.has(subscriber)) throw new Error(`Two listeners are called ${subscriber}.`)
      handlers.set(subscriber, listener.handle)
      runtime.hub.subscribe({ subscriber, eventName: listener.eventName, wants: listener.wants })
    }
  }
  return handlers
}

function kernelChores(runtime: Runtime, audit: AuditSink): Chore[] {
  const { database, nowMs } = runtime
  return [
    { name: 'kernel.close-ingest-counts', everyMs: 20_000, run: () => closeCounts(runtime, audit, nowMs()) },
    {
      name: 'kernel.forget-idempotency-keys',
      everyMs: 3_600_000,
      run: () => database.write((tx) => forgetOldAnswers(tx, nowMs())),
    },
    {
      name: 'kernel.forget-events',
      everyMs: 3_600_000,
      run: async () => void (await forgetEvents(database, nowMs() - runtime.config.eventRetentionDays * 86_400_000)),
    },
  ]
}

async function closeCounts(runtime: Runtime, audit: AuditSink, beforeMs: number): Promise<void> {
  const { database, nowMs, newId, newHexId } = runtime
  const base = { dialect: database.dialect, nowMs: nowMs(), requestId: '', newId, newHexId }
  const scopeFor = (db: Database['reader'], workspace: string, actorId: string) => ({
    ...base,
    db,
    workspace,
    actor: { ...systemActor('ingest'), id: actorId, name: actorId },
  })
  while ((await closeIngestCounts(database, audit, scopeFor, beforeMs)) === 1000);
}

interface Parts extends Pick<Kernel, 'runtime' | 'app' | 'dispatcher' | 'chores' | 'domains'> {
  readonly address: { url: string }
  readonly audit: AuditSink
}

const listenProblem = problems('server', {
  'port-in-use': {
    status: 409,
    say: (p: { host: string; port: number }) =>
      `Port ${p.port} of ${p.host} is in use by another program. Stop it, or choose another with --port (0 picks a free one).`,
  },
  'cannot-listen': {
    status: 400,
    say: (p: { host: string; port: number; reason: string }) =>
      `The server cannot listen on ${p.host}:${p.port} (${p.reason}).`,
  },
})

async function listen(app: FastifyInstance, { host, port }: Config): Promise<void> {
  try {
    await app.listen({ host, port })
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    if (reason === 'EADDRINUSE') throw listenProblem['port-in-use']({ host, port }, error)
    throw listenProblem['cannot-listen']({ host, port, reason }, error)
  }
}

/** The migrations of the kernel and of the given domains, in domain order. */
export function migrationSets(domains: readonly Pick<Domain, 'name' | 'migrations'>[]): MigrationSet[] {
  const kernel = { domain: 'kernel', migrations: { '0001-create-kernel': kernelMigration } }
  return [kernel, ...domains.map((domain) => ({ domain: domain.name, migrations: domain.migrations }))]
}

function assemble(parts: Parts): Kernel {
  const { runtime, app, dispatcher, chores, domains, address } = parts
  const startWithoutListening = async () => {
    await migrate(runtime.database, migrationSets(domains), runtime.nowMs())
    for (const domain of domains) await domain.start?.()
    await dispatcher.start()
    await chores.start()
  }
  const stop = async () => {
    await app.close()
    await dispatcher.stop()
    await chores.stop()
    await closeCounts(runtime, parts.audit, Number.MAX_SAFE_INTEGER)
    for (const domain of domains.toReversed()) await domain.stop?.()
    await runtime.analytics.close()
    await runtime.readers.close()
    await runtime.database.close()
    await runtime.tracing.stop()
  }
  let stopping: Promise<void> | undefined
  return {
    runtime,
    app,
    dispatcher,
    chores,
    domains,
    startWithoutListening,
    start: async () => {
      const { config } = runtime
      await startWithoutListening()
      await listen(app, config)
      const bound = app.server.address()
      const port = typeof bound === 'object' && bound !== null ? bound.port : config.port
      const scheme = config.tlsCert === undefined ? 'http' : 'https'
      const host = config.host.includes(':') ? `[${config.host}]` : config.host
      address.url = `${scheme}://${host}:${port}${config.basePath}`
      return { port }
    },
    stop: () => (stopping ??= stop()),
  }
}
