import type { Server } from 'node:http'
import type { CreateRunner } from '../../model/model-runner.ts'
import type {
  Caller,
  FromPlane,
  PlaneDeployment,
  PlaneEndpoint,
  PlaneSettings,
  PlaneSnapshot,
  Refusal,
  ToPlane,
} from '../../model/plane-snapshot.ts'
import { createSpoolWriter } from '../log/spool-writer.ts'
import type { SpoolWriter } from '../log/spool-writer.ts'
import { createAdmission } from './admission.ts'
import type { AskControl } from './admission.ts'
import { createBatchQueue } from './batch-queue.ts'
import { createListener } from './listener.ts'
import type { LoadedModels } from './loaded-models.ts'
import { createLoadedModels } from './loaded-models.ts'
import { ownPredict } from './own-predict.ts'
import { createPlaneCounts } from './plane-counts.ts'
import type { PlaneDialect } from './plane-dialect.ts'
import { createPredictor } from './predictor.ts'
import { recordBatch } from './record-batch.ts'
import { planeProblem } from './plane-problems.ts'
import type { LiveDeployment, RoutingTable } from './routing-table.ts'
import { createRoutingTable } from './routing-table.ts'

export interface DataPlaneParts {
  readonly createRunner: CreateRunner
  /** Protocols it speaks besides our own JSON. */
  readonly dialects: readonly PlaneDialect[]
  /** The file that models' threads start in; it calls `startModelThread`. */
  readonly threadEntry: URL
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
  const models = createLoadedModels({ ...parts, onLoading: (versionId) => say({ kind: 'loading', versionId }) })
  const questions = createQuestions(say)
  const predictor = createPredictor({ counts, nowMs })
  let table: RoutingTable | undefined
  const known = (): RoutingTable => {
    // It listens before control has said what to serve; "unknown" would be wrong until then.
    if (table === undefined) throw planeProblem.starting({})
    return table
  }
  const server = createListener({
    settings,
    dialects: [...parts.dialects, ownPredict],
    admission: createAdmission({ ask: questions.ask, forwardSecret: settings.forwardSecret, nowMs }),
    predictor,
    table: known,
  })
  server.once('error', (error) => say({ kind: 'failed', reason: error.message }))
  server.listen({ host: settings.host, port: settings.port, reusePort: settings.sharePort }, () => {
    const address = server.address()
    if (typeof address === 'object' && address !== null) say({ kind: 'listening', port: address.port })
  })
  setInterval(() => {
    const deployments = counts.changed()
    if (deployments.length > 0) say({ kind: 'counts', deployments, latestEventMs: predictor.latestEventMs() })
  }, 250)
  const apply = createApplier({ models, spool, nowMs, say, setTable: (next) => void (table = next) })
  return {
    hear: async (message) => {
      if (message.kind === 'snapshot') await apply(message.snapshot)
      else if (message.kind === 'admitted') questions.answer(message.id, message.refusal)
      else if (message.kind === 'stop') await stop(server, table, spool)
      else {
        spool.rotate()
        say({ kind: 'rotated', id: message.id })
      }
    },
  }
}

/** Takes no more connections, answers what is under way, closes the log, and ends. */
async function stop(server: Server, table: RoutingTable | undefined, spool: SpoolWriter): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve))
  server.closeIdleConnections()
  const patience = new Promise((resolve) => setTimeout(resolve, longestDrainMs))
  await Promise.race([closed, patience])
  for (const { answering, shadows } of table?.endpoints ?? []) {
    for (const deployment of [...answering, ...shadows]) await Promise.race([deployment.queue.idle(), patience])
  }
  spool.close()
  process.exit(0)
}

const longestDrainMs = 3000

interface ApplierParts {
  readonly models: LoadedModels
  readonly spool: SpoolWriter
  readonly nowMs: () => number
  readonly say: (message: FromPlane) => void
  readonly setTable: (table: RoutingTable) => void
}

/** Applies snapshots one after the other; requests go on meeting the old table until the new one is whole. */
function createApplier(parts: ApplierParts): (snapshot: PlaneSnapshot) => Promise<void> {
  let last: Promise<void> = Promise.resolve()
  let live = new Map<string, LiveDeployment>()
  const applyNow = async (snapshot: PlaneSnapshot): Promise<void> => {
    const wanted = [...snapshot.endpoints.flatMap(({ deployments }) => deployments), ...snapshot.preload]
    const models = await parts.models.load(wanted)
    const next = new Map<string, LiveDeployment>()
    const table = createRoutingTable(snapshot, (endpoint, deployment) => {
      const made = liveDeployment(parts, endpoint, deployment)
      if (made !== undefined) next.set(deployment.id, made)
      return made
    })
    parts.setTable(table)
    const before = live
    live = next
    parts.say({ kind: 'applied', revision: snapshot.revision, models })
    // Requests that met the old table finish on their models before those go.
    for (const deployment of before.values()) await deployment.queue.idle()
    await parts.models.keepOnly(new Set(wanted.map(({ versionId }) => versionId)))
  }
  return (snapshot) => (last = last.then(() => applyNow(snapshot)))
}

function liveDeployment(
  parts: ApplierParts,
  endpoint: PlaneEndpoint,
  deployment: PlaneDeployment,
): LiveDeployment | undefined {
  const runner = parts.models.get(deployment.versionId)
  if (runner === undefined) return undefined
  const record = recordBatch({ ...parts, endpoint, deployment, signature: runner.signature })
  return { ...deployment, runner, queue: createBatchQueue({ runner, record }) }
}

/** Questions to control that wait for their answers. */
function createQuestions(say: (message: FromPlane) => void) {
  const waiting = new Map<number, (refusal: Refusal | undefined) => void>()
  let nextId = 1
  const ask: AskControl = (caller: Caller, endpoint) =>
    new Promise((resolve) => {
      const id = nextId
      nextId += 1
      waiting.set(id, resolve)
      say({ kind: 'admit', id, caller, endpoint: { workspace: endpoint.workspace, id: endpoint.id } })
    })
  const answer = (id: number, refusal: Refusal | undefined) => {
    waiting.get(id)?.(refusal)
    waiting.delete(id)
  }
  return { ask, answer }
}
