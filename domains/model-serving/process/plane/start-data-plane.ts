import type { Server } from 'node:http'
import type { Tracing } from '@millrace/kernel'
import type { CreateRunner } from '../../model/model-runner.ts'
import type {
  Admitted,
  Caller,
  FromPlane,
  PlaneDeployment,
  PlaneEndpoint,
  PlaneSettings,
  PlaneSnapshot,
  ToPlane,
} from '../../model/plane-snapshot.ts'
import type { SpoolWriter } from '../log/spool-writer.ts'
import { createSpoolWriter } from '../log/spool-writer.ts'
import type { AskControl } from './admission.ts'
import { createAdmission } from './admission.ts'
import type { ListenerParts } from './listener.ts'
import { createListener } from './listener.ts'
import { LiveDeployment } from './live-deployment.ts'
import type { GrpcService } from './grpc/grpc-service.ts'
import type { GrpcDoor } from './grpc/open-grpc-door.ts'
import { openGrpcDoor } from './grpc/open-grpc-door.ts'
import { createManageOrders } from './manage.ts'
import { createSourceQuestions } from './models/ask-source.ts'
import type { LoadedModels, WantedModel } from './models/loaded-models.ts'
import type { WarmUpRows } from './models/load-model.ts'
import { createLoadedModels } from './models/loaded-models.ts'
import { ownPredict } from './own-predict.ts'
import type { PlaneDialect } from './plane-dialect.ts'
import { planeProblem } from './plane-problems.ts'
import type { Predictor } from './predictor.ts'
import { createPredictor } from './predictor.ts'
import type { RoutingTable } from './routing-table.ts'
import { createRoutingTable } from './routing-table.ts'
import { planeMetrics } from './statistics/plane-metrics.ts'
import { LoopTurn } from './run/loop-turn.ts'
import type { PlaneCounts } from './statistics/plane-counts.ts'
import { createPlaneCounts } from './statistics/plane-counts.ts'

export interface DataPlaneParts {
  readonly createRunner: CreateRunner
  /** Protocols it speaks besides our own JSON. */
  readonly dialects: readonly PlaneDialect[]
  /** Dialects that a port of their own speaks alone, by the name in `PlaneSettings.doorPorts`. */
  readonly doors?: Readonly<Record<string, readonly PlaneDialect[]>>
  /** What it offers over gRPC besides health and reflection. */
  readonly grpcServices?: readonly GrpcService[]
  /** The file that models' threads start in; it calls `startModelThread`. */
  readonly threadEntry: URL
  /** Loads what sends spans, where the settings say where to. */
  readonly startTracing?: (endpoint: string) => Promise<Tracing>
}

/**
 * The whole life of a data-plane process, forked by control: waits for its settings, listens, serves what snapshots say,
 * writes the prediction log, and ends when the channel to control closes. Called by the process's entry file.
 */
export function startDataPlane(parts: DataPlaneParts): void {
  const say = (message: FromPlane) => process.send?.(message)
  let plane: Promise<Plane> | undefined
  process.on('message', (message: ToPlane) => {
    if (message.kind === 'start') plane = openPlane(parts, message.settings, say)
    else void plane?.then((open) => open.hear(message))
  })
  // Whatever has not been answered yet was never promised; control is gone, and its successor reads the log.
  process.on('disconnect', () => process.exit(0))
  process.on('SIGINT', () => {}) // the parent drains first
  process.on('SIGTERM', () => {})
}

interface Plane {
  hear(message: Exclude<ToPlane, { kind: 'start' }>): Promise<void>
}

async function openPlane(
  parts: DataPlaneParts,
  settings: PlaneSettings,
  say: (message: FromPlane) => void,
): Promise<Plane> {
  const nowMs = Date.now
  const counts = createPlaneCounts()
  const spool = createSpoolWriter({ folder: settings.spoolFolder, nowMs, onClosed: () => {} })
  const sources = createSourceQuestions(say)
  const models = createLoadedModels({
    ...parts,
    sources,
    nowMs,
    memoryBytes: settings.modelMemoryBytes ?? Number.POSITIVE_INFINITY,
    onLoading: (versionId) => say({ kind: 'loading', versionId }),
  })
  const questions = createQuestions(say)
  const orders = createManageOrders(say)
  const { otlpEndpoint } = settings
  const tracing = otlpEndpoint === undefined ? undefined : await parts.startTracing?.(otlpEndpoint)
  const predictor = createPredictor({ nowMs, timeoutMs: settings.requestTimeoutMs, tracing })
  let table: RoutingTable | undefined
  const known = (): RoutingTable => {
    // It listens before control has said what to serve; "unknown" would be wrong until then.
    if (table === undefined) throw planeProblem.starting({})
    return table
  }
  const admission = createAdmission({ ask: questions.ask, forwardSecret: settings.forwardSecret, nowMs })
  const doors = { settings, admission, predictor, orders, table: known }
  const server = createListener({ ...doors, dialects: [planeMetrics(known), ...parts.dialects, ownPredict] })
  const grpc = openGrpcDoor(doors, parts.grpcServices ?? [])
  const servers = [server, ...openDoors(parts, doors, say)]
  listen(server, settings, say)
  setInterval(() => {
    tellCounts(counts, predictor, say)
    models.sweep()
  }, 250)
  const apply = createApplier({
    models,
    counts,
    turn: new LoopTurn(),
    spool,
    nowMs,
    say,
    setTable: (next) => void (table = next),
  })
  return {
    hear: async (message) => {
      if (message.kind === 'snapshot') await apply(message.snapshot)
      else if (message.kind === 'admitted') questions.answer(message.id, message)
      else if (message.kind === 'managed') orders.answer(message.id, message.answer)
      else if (message.kind === 'resolved') sources.answer(message.id, message.model)
      else if (message.kind === 'stop') await stop({ servers, grpc, tracing }, table, spool)
      else {
        spool.rotate()
        say({ kind: 'rotated', id: message.id })
      }
    },
  }
}

function tellCounts(counts: PlaneCounts, predictor: Predictor, say: (message: FromPlane) => void): void {
  const changed = counts.changed()
  const isNews = changed.deployments.length > 0 || changed.callers.length > 0
  if (isNews) say({ kind: 'counts', ...changed, latestEventMs: predictor.latestEventMs() })
}

function listen(server: Server, { host, port, sharePort }: PlaneSettings, say: (message: FromPlane) => void): void {
  server.once('error', (error) => say({ kind: 'failed', reason: error.message }))
  server.listen({ host, port, reusePort: sharePort }, () => {
    const address = server.address()
    if (typeof address === 'object' && address !== null) say({ kind: 'listening', port: address.port })
  })
}

/** A port that some dialects speak alone, for clients that know no prefix. */
function openDoors(
  { doors: known = {} }: DataPlaneParts,
  parts: Omit<ListenerParts, 'dialects'>,
  say: (message: FromPlane) => void,
): Server[] {
  const { host, sharePort, doorPorts = {} } = parts.settings
  return Object.entries(doorPorts).flatMap(([name, port]) => {
    const dialects = known[name]
    if (dialects === undefined) return []
    const server = createListener({ ...parts, dialects })
    server.once('error', (error) => say({ kind: 'failed', reason: error.message }))
    return [server.listen({ host, port, reusePort: sharePort })]
  })
}

/** Takes no more connections, answers what is under way, closes the log, and ends. */
async function stop(
  { servers, grpc, tracing }: { servers: readonly Server[]; grpc: GrpcDoor; tracing: Tracing | undefined },
  table: RoutingTable | undefined,
  spool: SpoolWriter,
): Promise<void> {
  const closing = servers.map((server) => new Promise((resolve) => server.close(resolve)))
  const closed = Promise.all([...closing, grpc.close()])
  for (const server of servers) server.closeIdleConnections()
  const patience = new Promise((resolve) => setTimeout(resolve, longestDrainMs))
  await Promise.race([closed, patience])
  for (const { answering, shadows } of table?.endpoints ?? []) {
    for (const deployment of [...answering, ...shadows]) await Promise.race([deployment.idle(), patience])
  }
  spool.close()
  await Promise.race([tracing?.stop(), patience])
  process.exit(0)
}

const longestDrainMs = 3000

interface ApplierParts {
  readonly models: LoadedModels
  readonly counts: PlaneCounts
  readonly turn: LoopTurn
  readonly spool: SpoolWriter
  readonly nowMs: () => number
  readonly say: (message: FromPlane) => void
  readonly setTable: (table: RoutingTable) => void
}

/** Applies snapshots one after the other; requests go on meeting the old table until the new one is whole. */
function createApplier(parts: ApplierParts): (snapshot: PlaneSnapshot) => Promise<void> {
  let last: Promise<void> = Promise.resolve()
  const applyNow = async (snapshot: PlaneSnapshot): Promise<void> => {
    const wanted = wantedOf(snapshot)
    const models = await parts.models.load(wanted)
    const table = createRoutingTable(snapshot, {
      stateOf: (endpoint) => parts.counts.endpoint(endpoint),
      liveOf: (endpoint, deployment) => liveDeployment(parts, endpoint, deployment),
    })
    parts.setTable(table)
    parts.say({ kind: 'applied', revision: snapshot.revision, models })
    // Requests that met the old table finish on their models before those go.
    parts.models.keepOnly(new Set(wanted.map(({ versionId }) => versionId)))
    parts.counts.keepOnly(new Set(snapshot.endpoints.map(({ id }) => id)))
  }
  return (snapshot) => (last = last.then(() => applyNow(snapshot)))
}

/** The models of a snapshot: one that several endpoints use stays as long as the most patient of them says. */
function wantedOf({ endpoints, preload }: PlaneSnapshot): WantedModel[] {
  const wanted = new Map<string, WantedModel>()
  type Wish = Pick<PlaneDeployment, 'versionId' | 'source'>
  const want = ({ versionId, source }: Wish, onDemand: boolean, idleMs: number, warmUp: WarmUpRows) => {
    const known = wanted.get(versionId)
    wanted.set(versionId, {
      versionId,
      source: sourceOf(source, known),
      onDemand: onDemand && known?.onDemand !== false,
      idleMs: Math.max(idleMs, known?.idleMs ?? 0),
      warmUp: warmUp.length > 0 ? warmUp : (known?.warmUp ?? []),
    })
  }
  for (const { deployments, idleMs = Number.POSITIVE_INFINITY, warmUp = [] } of endpoints) {
    for (const deployment of deployments) want(deployment, deployment.onDemand === true, idleMs, warmUp)
  }
  for (const model of preload) want(model, false, Number.POSITIVE_INFINITY, [])
  return [...wanted.values()]
}

/** Where one of them has its files already, they are the same version's. */
function sourceOf(source: PlaneDeployment['source'], known: WantedModel | undefined): PlaneDeployment['source'] {
  return source.format === 'registered' && known !== undefined ? known.source : source
}

function liveDeployment(
  parts: ApplierParts,
  endpoint: PlaneEndpoint,
  deployment: PlaneDeployment,
): LiveDeployment | undefined {
  const model = parts.models.get(deployment.versionId)
  if (model === undefined) return undefined
  const { models, counts, turn, spool, nowMs } = parts
  const tally = counts.deployment(deployment.id)
  return new LiveDeployment({
    endpoint,
    deployment,
    model,
    wake: (asleep) => models.wake(asleep),
    tally,
    turn,
    spool,
    nowMs,
  })
}

/** Questions to control that wait for their answers. */
function createQuestions(say: (message: FromPlane) => void) {
  const waiting = new Map<number, (admitted: Admitted) => void>()
  let nextId = 1
  const ask: AskControl = (caller: Caller, endpoint) =>
    new Promise((resolve) => {
      const id = nextId
      nextId += 1
      waiting.set(id, resolve)
      say({ kind: 'admit', id, caller, endpoint: { workspace: endpoint.workspace, id: endpoint.id } })
    })
  const answer = (id: number, admitted: Admitted) => {
    waiting.get(id)?.(admitted)
    waiting.delete(id)
  }
  return { ask, answer }
}
