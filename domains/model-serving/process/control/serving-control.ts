import { randomBytes } from 'node:crypto'
import { availableParallelism } from 'node:os'
import type { Ref } from '@millrace/contract'
import { Problem, ref } from '@millrace/contract'
import type { CallContext, Config, Runtime } from '@millrace/kernel'
import type { Admitted, Caller, ManageAnswer, ManageOrder } from '../../model/plane-snapshot.ts'
import { createSourceOf } from '../../formats/process/source-of-version.ts'
import type { AttributionOptions } from '../../experiments/process/attribute-feedback.ts'
import { attributeFeedback } from '../../experiments/process/attribute-feedback.ts'
import type { CountKeeper } from '../../statistics/process/count-keeper.ts'
import { createCountKeeper } from '../../statistics/process/count-keeper.ts'
import { nameOfServed } from '../../repository/model/name-of-served.ts'
import type { ModelRepository } from '../../repository/process/model-repository.ts'
import { manageOf, repositoryOf, repositoryPrefix, requireServed } from '../../repository/process/manage-repository.ts'
import { spoolRoot } from '../log/log-folders.ts'
import type { CompactorClient } from './compactor-client.ts'
import { createCompactorClient } from './compactor-client.ts'
import type { LogKeeper } from './log-keeper.ts'
import { createLogKeeper } from './log-keeper.ts'
import { readOnDemandVersions } from './on-demand-versions.ts'
import { modelOfEndpointId } from './plane-endpoints.ts'
import type { PlaneFleet, PlaneFleetOptions } from './plane-fleet.ts'
import { createPlaneFleet } from './plane-fleet.ts'
import type { Reconciler } from './reconciler.ts'
import { createReconciler } from './reconciler.ts'
import type { ReadingSource } from './judge-open-rollout.ts'
import { createRequestIndex } from './request-index.ts'
import type { TrafficWatch } from './traffic-watch.ts'
import { createTrafficWatch } from './traffic-watch.ts'
import { createSpoolTail } from './spool-tail.ts'

export interface ServingControlOptions {
  /** The entry file of the data plane's process; it calls `startDataPlane`. */
  readonly dataPlaneEntry: string
  /** The entry file of the compactor's process, where it is not this package's own (a packed build). */
  readonly compactorEntry?: string | undefined
  /** The interpreter whose environment fits a model's requirements; without it, models that Python runs are refused. */
  readonly pythonFor?: ((modelPath: string) => Promise<string>) | undefined
  /** Carries out what a management protocol asks for; without it every order is refused. Never rejects. */
  readonly manage?: ((caller: Caller, workspace: string, order: ManageOrder) => Promise<ManageAnswer>) | undefined
}

/** Everything of serving that runs beside the actions: the data plane, its log, and the watch over rollouts. */
export interface ServingControl {
  readonly fleet: PlaneFleet
  readonly reconciler: Reconciler
  readonly keeper: LogKeeper
  readonly watch: TrafficWatch
  readonly readings: Map<string, ReadingSource>
  /** What control adds to requests that it has admitted itself. */
  readonly forwardSecret: string
  /** The port that the data plane will listen on; undefined where it takes a free one. */
  readonly plannedPort: number | undefined
  /** Calls `sampler` once a second while it runs. */
  onSecond(sampler: () => void): void
  start(): Promise<void>
  stop(): Promise<void>
}

const lookEveryMs = 250
const compactEveryMs = 2000
const flushEveryMs = 300_000
const reconcileEveryMs = 10_000
const attributeEveryMs = 1000
const countsEveryMs = 5000
const forgetEveryMs = 3_600_000

/** Wires the parts together. Nothing runs before `start`. */
export function createServingControl(runtime: Runtime, options: ServingControlOptions): ServingControl {
  const { dataDir, database, nowMs, log } = runtime
  const forwardSecret = randomBytes(24).toString('base64url')
  const readings = new Map<string, ReadingSource>()
  const compactor = createCompactorClient({ dataDir, entry: options.compactorEntry })
  const index = createRequestIndex()
  const counts = createCountKeeper({ database, nowMs })
  const watch = createTrafficWatch({
    ...runtime,
    readings,
    index,
    tail: createSpoolTail(dataDir),
    onWeighed: () => void reconciler.reconcile().catch(report),
  })
  const repository = repositoryOf(runtime, options.pythonFor, () => reconciler.reconcile())
  const manage = options.manage ?? manageOf(runtime, repository)
  const fleet = fleetOf(runtime, options, {
    manage,
    forwardSecret,
    onFolderLeft: () => void keeper.adopt().catch(report),
    onCounted: (pid, deployments) => counts.take(pid, deployments),
  })
  const keeper: LogKeeper = createLogKeeper({
    dataDir,
    database,
    compactor,
    nowMs,
    log,
    newName: () => runtime.newId('seg'),
    foldersInUse: () => fleet.folders(),
    rotate: () => fleet.rotate(),
    beforeSegments: (paths) => watch.beforeSegments(paths),
    beforeLabels: () => watch.beforeLabels(),
  })
  const reconciler: Reconciler = createReconciler({
    database,
    fleet,
    log,
    runner: runtime.runner,
    sourceOf: createSourceOf(runtime, options.pythonFor),
    onDemand: (endpoints) => readOnDemandVersions(runtime.runner, endpoints),
    beside: repository,
  })
  const report = (error: unknown) => log.error({ err: error }, 'model serving could not finish a round; it tries again')
  const parts = { fleet, reconciler, keeper, watch, compactor, counts, repository, attribution: { ...runtime, index } }
  const life = lifeOf(runtime, parts, report)
  return {
    fleet,
    reconciler,
    keeper,
    watch,
    readings,
    forwardSecret,
    plannedPort: plannedPort(runtime.config),
    ...life,
  }
}

interface Parts {
  readonly fleet: PlaneFleet
  readonly reconciler: Reconciler
  readonly keeper: LogKeeper
  readonly watch: TrafficWatch
  readonly compactor: CompactorClient
  readonly counts: CountKeeper
  readonly attribution: AttributionOptions
  readonly repository: ModelRepository | undefined
}

function lifeOf(
  runtime: Runtime,
  parts: Parts,
  report: (error: unknown) => void,
): Pick<ServingControl, 'start' | 'stop' | 'onSecond'> {
  const timers: NodeJS.Timeout[] = []
  const samplers: (() => void)[] = []
  // The log of this machine is this process's own work, so no lease in the store is needed for it.
  const every = (ms: number, work: () => Promise<void>) =>
    void timers.push(setInterval(() => void work().catch(report), ms).unref())
  let unlisten = () => {}
  return {
    onSecond: (sampler) => void samplers.push(sampler),
    start: async () => {
      await requireServed(runtime, parts.repository)
      await parts.keeper.sweep()
      await parts.keeper.adopt()
      // Serving need not wait until the evidence of open rollouts is read back; judging does.
      void parts.watch.restore().catch(report)
      unlisten = runtime.hub.listen((message) => {
        if (message.kind !== 'event' || !message.event.name.startsWith('model-serving.')) return
        void parts.reconciler.reconcile().catch(report)
      })
      void parts.reconciler.reconcile().catch(report)
      if (parts.repository !== undefined) {
        const look = () => lookAtRepository(parts.repository, parts.reconciler)
        void look().catch(report)
        const pollMs = runtime.config.modelRepositoryPollSeconds * 1000
        if (pollMs > 0) every(pollMs, look)
      }
      every(lookEveryMs, () => parts.watch.look())
      every(compactEveryMs, () => parts.keeper.compact())
      every(flushEveryMs, () => parts.keeper.flush())
      every(attributeEveryMs, async () => void (await attributeFeedback(parts.attribution)))
      every(countsEveryMs, () => parts.counts.flush())
      every(forgetEveryMs, () => parts.counts.forget())
      every(reconcileEveryMs, () => parts.reconciler.reconcile())
      timers.push(setInterval(() => samplers.forEach((sample) => sample()), 1000).unref())
    },
    stop: async () => {
      unlisten()
      for (const timer of timers) clearInterval(timer)
      await parts.fleet.stop()
      await parts.counts.flush()
      await parts.counts.flush()
      await parts.compactor.close()
    },
  }
}

async function lookAtRepository(repository: ModelRepository | undefined, reconciler: Reconciler): Promise<void> {
  if ((await repository?.scan()) === true) await reconciler.reconcile()
}

/** Where `--port` is not the default, the predict port is a free one, so that two servers never fight. */
function plannedPort({ predictPort, port }: Config): number | undefined {
  const planned = predictPort ?? (port === 7400 ? 7402 : 0)
  return planned === 0 ? undefined : planned
}

function fleetOf(
  runtime: Runtime,
  options: ServingControlOptions,
  {
    forwardSecret,
    ...told
  }: Pick<PlaneFleetOptions, 'onFolderLeft' | 'onCounted' | 'manage'> & { readonly forwardSecret: string },
): PlaneFleet {
  const { config, nowMs, log, dataDir } = runtime
  const processes = config.dataPlaneProcesses ?? Math.max(1, Math.min(4, availableParallelism() - 1))
  return createPlaneFleet({
    processes,
    nowMs,
    log,
    ...told,
    entry: options.dataPlaneEntry,
    port: plannedPort(config) ?? 0,
    spoolRoot: spoolRoot(dataDir),
    settings: {
      host: config.host,
      ...(config.serveModel === undefined ? {} : { rootEndpoint: nameOfServed(config.serveModel) }),
      // Processes that share a port must know which.
      ...(config.grpcPort === undefined || config.grpcPort === 0 ? {} : { grpcPort: config.grpcPort }),
      sharePort: processes > 1,
      allowedHosts: config.allowedHosts,
      bodyLimitBytes: config.bodyLimitMb * 1024 * 1024,
      requestTimeoutMs: config.requestTimeoutMs,
      accessLog: config.accessLog,
      ...(config.otlpEndpoint === undefined ? {} : { otlpEndpoint: config.otlpEndpoint }),
      ...(config.modelMemoryMb === undefined ? {} : { modelMemoryBytes: config.modelMemoryMb * 1024 * 1024 }),
      forwardSecret,
    },
    admit: (caller, endpoint) => admit(runtime, caller, endpoint),
  })
}

/** Says whether a caller of the data plane may predict, as control's own port would. */
async function admit(runtime: Runtime, caller: Caller, endpoint: { workspace: string; id: string }): Promise<Admitted> {
  try {
    const actor = await runtime.authenticate({ headers: caller.headers, remoteAddress: caller.remoteAddress })
    const context: CallContext = { actor, workspace: endpoint.workspace }
    await runtime.authorize(runtime.runner.readScope(context), 'model-serving:predict', refOf(endpoint.id))
    return { caller: actor.id }
  } catch (error) {
    if (error instanceof Problem) return { refusal: { status: error.status, sentence: error.message } }
    runtime.log.error({ err: error }, 'a caller of the data plane could not be checked')
    const sentence = 'It could not be checked whether you may predict here. Send it again in a moment.'
    return { refusal: { status: 503, sentence } }
  }
}

/** A registered model without an endpoint is the model's own to guard. */
function refOf(endpointId: string): Ref {
  // A model of the repository belongs to nobody: whoever may predict at all may ask it.
  if (endpointId.startsWith(repositoryPrefix)) return ref('list', 'endpoint')
  const model = modelOfEndpointId(endpointId)
  return model === undefined ? ref('endpoint', endpointId) : ref('model', model)
}
