import { randomBytes } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { Problem, ref } from '@millrace/contract'
import type { CallContext, Config, Runtime } from '@millrace/kernel'
import { localModelFile } from '@millrace/model-registry'
import type { Caller, Refusal } from '../../model/plane-snapshot.ts'
import { spoolRoot } from '../log/log-folders.ts'
import type { CompactorClient } from './compactor-client.ts'
import { createCompactorClient } from './compactor-client.ts'
import type { LogKeeper } from './log-keeper.ts'
import { createLogKeeper } from './log-keeper.ts'
import type { PlaneFleet } from './plane-fleet.ts'
import { createPlaneFleet } from './plane-fleet.ts'
import type { Reconciler } from './reconciler.ts'
import { createReconciler } from './reconciler.ts'
import type { ReadingSource, RolloutWatch } from './rollout-watch.ts'
import { createRolloutWatch } from './rollout-watch.ts'
import { createSpoolTail } from './spool-tail.ts'

export interface ServingControlOptions {
  /** The entry file of the data plane's process; it calls `startDataPlane`. */
  readonly dataPlaneEntry: string
  /** The entry file of the compactor's process, where it is not this package's own (a packed build). */
  readonly compactorEntry?: string | undefined
}

/** Everything of serving that runs beside the actions: the data plane, its log, and the watch over rollouts. */
export interface ServingControl {
  readonly fleet: PlaneFleet
  readonly reconciler: Reconciler
  readonly keeper: LogKeeper
  readonly watch: RolloutWatch
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

/** Wires the parts together. Nothing runs before `start`. */
export function createServingControl(runtime: Runtime, options: ServingControlOptions): ServingControl {
  const { dataDir, database, nowMs, log } = runtime
  const forwardSecret = randomBytes(24).toString('base64url')
  const readings = new Map<string, ReadingSource>()
  const compactor = createCompactorClient({ dataDir, entry: options.compactorEntry })
  const watch = createRolloutWatch({ ...runtime, readings, tail: createSpoolTail(dataDir) })
  const fleet = fleetOf(runtime, options, forwardSecret, () => void keeper.adopt().catch(report))
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
  const reconciler = createReconciler({
    database,
    fleet,
    log,
    runner: runtime.runner,
    localModelFile: (context, versionId) => localModelFile(runtime, context, versionId),
  })
  const report = (error: unknown) => log.error({ err: error }, 'model serving could not finish a round; it tries again')
  const parts = { fleet, reconciler, keeper, watch, compactor }
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
  readonly watch: RolloutWatch
  readonly compactor: CompactorClient
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
      await parts.keeper.sweep()
      await parts.keeper.adopt()
      // Serving need not wait until the evidence of open rollouts is read back; judging does.
      void parts.watch.restore().catch(report)
      unlisten = runtime.hub.listen((message) => {
        if (message.kind !== 'event' || !message.event.name.startsWith('model-serving.')) return
        void parts.reconciler.reconcile().catch(report)
      })
      void parts.reconciler.reconcile().catch(report)
      every(lookEveryMs, () => parts.watch.look())
      every(compactEveryMs, () => parts.keeper.compact())
      every(flushEveryMs, () => parts.keeper.flush())
      every(reconcileEveryMs, () => parts.reconciler.reconcile())
      timers.push(setInterval(() => samplers.forEach((sample) => sample()), 1000).unref())
    },
    stop: async () => {
      unlisten()
      for (const timer of timers) clearInterval(timer)
      await parts.fleet.stop()
      await parts.compactor.close()
    },
  }
}

/** Where `--port` is not the default, the predict port is a free one, so that two servers never fight. */
function plannedPort({ predictPort, port }: Config): number | undefined {
  const planned = predictPort ?? (port === 7400 ? 7402 : 0)
  return planned === 0 ? undefined : planned
}

function fleetOf(
  runtime: Runtime,
  options: ServingControlOptions,
  forwardSecret: string,
  onFolderLeft: () => void,
): PlaneFleet {
  const { config, nowMs, log, dataDir } = runtime
  const processes = config.dataPlaneProcesses ?? Math.max(1, Math.min(4, availableParallelism() - 1))
  return createPlaneFleet({
    processes,
    nowMs,
    log,
    onFolderLeft,
    entry: options.dataPlaneEntry,
    port: plannedPort(config) ?? 0,
    spoolRoot: spoolRoot(dataDir),
    settings: {
      host: config.host,
      sharePort: processes > 1,
      allowedHosts: config.allowedHosts,
      bodyLimitBytes: config.bodyLimitMb * 1024 * 1024,
      requestTimeoutMs: config.requestTimeoutMs,
      forwardSecret,
    },
    admit: (caller, endpoint) => admit(runtime, caller, endpoint),
  })
}

/** Says whether a caller of the data plane may predict, as control's own port would. */
async function admit(
  runtime: Runtime,
  caller: Caller,
  endpoint: { workspace: string; id: string },
): Promise<Refusal | undefined> {
  try {
    const actor = await runtime.authenticate({ headers: caller.headers, remoteAddress: caller.remoteAddress })
    const context: CallContext = { actor, workspace: endpoint.workspace }
    await runtime.authorize(runtime.runner.readScope(context), 'model-serving:predict', ref('endpoint', endpoint.id))
    return undefined
  } catch (error) {
    if (error instanceof Problem) return { status: error.status, sentence: error.message }
    runtime.log.error({ err: error }, 'a caller of the data plane could not be checked')
    return { status: 503, sentence: 'It could not be checked whether you may predict here. Send it again in a moment.' }
  }
}
