import { randomBytes } from 'node:crypto'
import type { Runtime } from '@millrace/kernel'
import type { Caller, ManageAnswer, ManageOrder } from '../../model/plane-snapshot.ts'
import { createSourceOf } from '../../formats/process/source-of-version.ts'
import type { AttributionOptions } from '../../experiments/process/attribute-feedback.ts'
import { attributeFeedback } from '../../experiments/process/attribute-feedback.ts'
import type { CountKeeper } from '../../statistics/process/count-keeper.ts'
import { createCountKeeper } from '../../statistics/process/count-keeper.ts'
import type { ModelRepository } from '../../repository/process/model-repository.ts'
import { manageOf, repositoryOf, requireServed } from '../../repository/process/manage-repository.ts'
import type { CompactorClient } from './compactor-client.ts'
import { createCompactorClient } from './compactor-client.ts'
import type { LogKeeper } from './log-keeper.ts'
import { createLogKeeper } from './log-keeper.ts'
import { readOnDemandVersions } from './on-demand-versions.ts'
import type { AliasFollower } from './follow-aliases.ts'
import { createAliasFollower } from './follow-aliases.ts'
import { openFleet, plannedPort } from './fleet/open-fleet.ts'
import type { PlaneFleet } from './fleet/plane-fleet.ts'
import type { Reconciler } from './reconciler.ts'
import { createReconciler } from './reconciler.ts'
import type { ReadingSource } from './judge-open-rollout.ts'
import { createRequestIndex } from './request-index.ts'
import type { TrafficWatch } from './traffic-watch.ts'
import { createTrafficWatch } from './traffic-watch.ts'
import { createSpoolTail } from './spool-tail.ts'
import { createVersionSources } from './version-sources.ts'

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
const followEveryMs = 10_000
/** Its payload is not needed: what the alias names now is read. */
const aliasMoved = 'model-registry.alias.moved'
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
  const tail = createSpoolTail(dataDir)
  const watch = createTrafficWatch({ ...runtime, readings, index, tail, onWeighed: () => reconcileSoon() })
  const repository = repositoryOf(runtime, options.pythonFor, () => reconciler.reconcile())
  const manage = options.manage ?? manageOf(runtime, repository)
  const sourceOf = createSourceOf(runtime, options.pythonFor)
  const sources = createVersionSources({ sourceOf, onLate: () => reconcileSoon() })
  const fleet = openFleet(runtime, {
    entry: options.dataPlaneEntry,
    manage,
    resolve: (workspace, versionId) => sources.resolve(workspace, versionId),
    forwardSecret,
    onFolderLeft: () => void keeper.adopt().catch(report),
    onCounted: (pid, deployments) => counts.take(pid, deployments),
  })
  const keeper: LogKeeper = keeperOf(runtime, { compactor, fleet, watch })
  const reconciler: Reconciler = createReconciler({
    database,
    fleet,
    log,
    runner: runtime.runner,
    sources,
    onDemand: (endpoints) => readOnDemandVersions(runtime.runner, endpoints),
    beside: repository,
  })
  const report = (error: unknown) => log.error({ err: error }, 'model serving could not finish a round; it tries again')
  const reconcileSoon = () => void reconciler.reconcile().catch(report)
  const follower = createAliasFollower({ database, log, runner: runtime.runner })
  const parts = {
    follower,
    fleet,
    reconciler,
    keeper,
    watch,
    compactor,
    counts,
    repository,
    attribution: { ...runtime, index },
  }
  return {
    fleet,
    reconciler,
    keeper,
    watch,
    readings,
    forwardSecret,
    plannedPort: plannedPort(runtime.config),
    ...lifeOf(runtime, parts, report),
  }
}

function keeperOf(
  { dataDir, database, nowMs, log, newId }: Runtime,
  { compactor, fleet, watch }: Pick<Parts, 'compactor' | 'fleet' | 'watch'>,
): LogKeeper {
  return createLogKeeper({
    dataDir,
    database,
    compactor,
    nowMs,
    log,
    newName: () => newId('seg'),
    foldersInUse: () => fleet.folders(),
    rotate: () => fleet.rotate(),
    beforeSegments: (paths) => watch.beforeSegments(paths),
    beforeLabels: () => watch.beforeLabels(),
  })
}

interface Parts {
  readonly follower: AliasFollower
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
        if (message.kind !== 'event') return
        const { name } = message.event
        if (!name.startsWith('model-serving.') && name !== aliasMoved) return
        void parts.reconciler.reconcile().catch(report)
        // What an endpoint waited for may be over with any event of ours.
        void parts.follower.look().catch(report)
      })
      void parts.reconciler.reconcile().catch(report)
      void parts.follower.look().catch(report)
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
      every(followEveryMs, () => parts.follower.look())
      timers.push(setInterval(() => samplers.forEach((sample) => sample()), 1000).unref())
    },
    stop: async () => {
      unlisten()
      for (const timer of timers) clearInterval(timer)
      await parts.fleet.stop()
      await parts.counts.flush()
      await parts.compactor.close()
    },
  }
}

async function lookAtRepository(repository: ModelRepository | undefined, reconciler: Reconciler): Promise<void> {
  if ((await repository?.scan()) === true) await reconciler.reconcile()
}
