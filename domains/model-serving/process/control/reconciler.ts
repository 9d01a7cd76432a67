import { Problem } from '@millrace/contract'
import type { CallContext, Logger, Runner } from '@millrace/kernel'
import { systemActor } from '@millrace/kernel'
import type { Database } from '@millrace/kernel/db'
import { settleDeployment } from '../../actions/settle-deployment.ts'
import { specOf } from '../../actions/show.ts'
import { rollBackRollout } from '../../actions/steer-rollout.ts'
import { inputDifference } from '../../model/same-inputs.ts'
import type { ModelReport, PlaneEndpoint, PlaneModel, PlaneSnapshot } from '../../model/plane-snapshot.ts'
import { servingOverview } from '../../store/serving-overview.ts'
import type { DeploymentRow } from '../../store/tables.ts'
import type { PlaneFleet } from './plane-fleet.ts'

export interface ReconcilerOptions {
  readonly database: Database
  readonly runner: Runner
  readonly fleet: PlaneFleet
  readonly log: Logger
  /** The path of a version's file on this machine. */
  readonly localModelFile: (context: CallContext, versionId: string) => Promise<string>
}

/** Brings the data plane to what the store says, and the store to what the data plane could do. */
export interface Reconciler {
  /** Resolves when the data plane serves what was committed before the call. */
  reconcile(): Promise<void>
  /** Loads a version without traffic and says what became of it. */
  probe(workspace: string, versionId: string): Promise<ModelReport>
}

type Overview = Awaited<ReturnType<typeof readOverview>>

/** Makes the reconciler. Rounds never overlap; calls that come together share one. */
export function createReconciler(options: ReconcilerOptions): Reconciler {
  const paths = new Map<string, string>()
  const preload = new Map<string, PlaneModel>()
  let revision = 0
  let last: Promise<void> = Promise.resolve()
  let next: Promise<void> | undefined
  let applied = ''
  let reports: ReadonlyMap<string, ModelReport> = new Map()

  const pathOf = async (workspace: string, versionId: string): Promise<PlaneModel | ModelReport> => {
    try {
      const known = paths.get(versionId)
      const path = known ?? (await options.localModelFile(systemContext(workspace), versionId))
      paths.set(versionId, path)
      return { versionId, source: { format: 'onnx', path } }
    } catch (error) {
      return { versionId, ok: false, reason: error instanceof Error ? error.message : String(error) }
    }
  }
  const round = async (): Promise<void> => {
    const overview = await readOverview(options.database)
    const found = new Map<string, PlaneModel | ModelReport>()
    for (const { workspace, version_id: id } of overview.deployments) found.set(id, await pathOf(workspace, id))
    const wanted = { ...snapshotOf(overview, found), preload: [...preload.values()] }
    const text = JSON.stringify(wanted)
    // What the data plane has already, and could load whole, need not be said again.
    if (text !== applied || [...reports.values()].some(({ ok }) => !ok)) {
      revision += 1
      const loaded = await options.fleet.apply({ ...wanted, revision })
      const missing = [...found.values()].filter((model): model is ModelReport => 'ok' in model)
      reports = new Map([...loaded, ...missing].map((report) => [report.versionId, report]))
      applied = text
    }
    if (await settle(options, overview, reports)) await round()
  }
  const reconcile = () =>
    (next ??= last.then(async () => {
      next = undefined
      const running = round()
      last = running.catch(() => {})
      await running
    }))
  return {
    reconcile,
    probe: async (workspace, versionId) => {
      const model = await pathOf(workspace, versionId)
      if ('ok' in model) return model
      preload.set(versionId, model)
      try {
        await reconcile()
        return reports.get(versionId) ?? { versionId, ok: false, reason: 'the data plane did not answer' }
      } finally {
        preload.delete(versionId)
      }
    },
  }
}

function systemContext(workspace: string): CallContext {
  return { actor: systemActor('model-serving'), workspace }
}

async function readOverview(database: Database) {
  const overview = servingOverview(database.reader)
  const [endpoints, deployments, rollouts] = [
    await overview.endpoints(),
    await overview.liveDeployments(),
    await overview.openRollouts(),
  ]
  return { endpoints, deployments, rollouts }
}

/** An endpoint with a rollout under way logs in any case: the rollout judges by the log. */
function snapshotOf(
  overview: Overview,
  models: ReadonlyMap<string, PlaneModel | ModelReport>,
): Pick<PlaneSnapshot, 'endpoints'> {
  const endpoints = overview.endpoints.map((row): PlaneEndpoint => {
    const { workspace, id, name } = row
    const ofEndpoint = ({ workspace: other, endpoint }: { workspace: string; endpoint: string }) =>
      other === workspace && endpoint === name
    const rollout = overview.rollouts.find(ofEndpoint)
    const deployments = overview.deployments.filter(ofEndpoint).flatMap((deployment) => {
      const model = models.get(deployment.version_id)
      if (model === undefined || 'ok' in model) return []
      const { id: deploymentId, version, role, weight } = deployment
      const isInRollout = rollout !== undefined && role !== 'retired'
      return [
        {
          ...model,
          id: deploymentId,
          version,
          role,
          weight,
          rollout: isInRollout ? { id: rollout.id, step: rollout.step } : null,
        },
      ]
    })
    return { workspace, id, name, deployments, logging: specOf(row).logging.enabled || rollout !== undefined }
  })
  return { endpoints }
}

/** Records what became of the deployments; true when something changed, so that the data plane must be told again. */
async function settle(
  options: ReconcilerOptions,
  overview: Overview,
  reports: ReadonlyMap<string, ModelReport>,
): Promise<boolean> {
  let changed = false
  for (const deployment of overview.deployments) {
    const report = fitting(deployment, overview, reports)
    const next = nextState(deployment, report, overview)
    if (next === undefined) continue
    changed ||= next === 'stopped'
    const context = systemContext(deployment.workspace)
    const reason = report?.ok === false ? { reason: report.reason } : {}
    await options.runner.act(settleDeployment, { id: deployment.id, state: next, ...reason }, context)
    if (next === 'failed') changed = (await rollBackFailed(options, deployment, report)) || changed
  }
  return changed
}

/** What became of a deployment's model; a canary that takes other inputs than the champion would turn callers away. */
function fitting(
  deployment: DeploymentRow,
  overview: Overview,
  reports: ReadonlyMap<string, ModelReport>,
): ModelReport | undefined {
  const report = reports.get(deployment.version_id)
  if (report?.ok !== true || (deployment.role !== 'canary' && deployment.role !== 'shadow')) return report
  const champion = championOf(deployment, overview)
  const ofChampion = champion === undefined ? undefined : reports.get(champion.version_id)
  const difference = ofChampion?.ok === true ? inputDifference(ofChampion.signature, report.signature) : undefined
  return difference === undefined ? report : { versionId: report.versionId, ok: false, reason: difference }
}

function championOf({ workspace, endpoint }: DeploymentRow, overview: Overview): DeploymentRow | undefined {
  return overview.deployments.find(
    (other) => other.workspace === workspace && other.endpoint === endpoint && other.role === 'champion',
  )
}

function nextState(
  deployment: DeploymentRow,
  report: ModelReport | undefined,
  overview: Overview,
): 'ready' | 'failed' | 'stopped' | undefined {
  const { state, role } = deployment
  if (state === 'draining') return isReplaced(deployment, overview) ? 'stopped' : undefined
  if (report?.ok === true) return state === 'ready' ? undefined : 'ready'
  return report?.ok === false && state !== 'failed' && role !== 'retired' ? 'failed' : undefined
}

/** True once a champion that is loaded answers in its place: this snapshot or one before has said so. */
function isReplaced(deployment: DeploymentRow, overview: Overview): boolean {
  return championOf(deployment, overview)?.state === 'ready'
}

async function rollBackFailed(
  options: ReconcilerOptions,
  deployment: DeploymentRow,
  report: ModelReport | undefined,
): Promise<boolean> {
  if (deployment.rollout_id === null || deployment.role === 'champion') return false
  const reason = `The version cannot be served: ${report?.ok === false ? report.reason : 'unknown'}`
  try {
    await options.runner.act(
      rollBackRollout,
      { id: deployment.rollout_id, reason },
      systemContext(deployment.workspace),
    )
    return true
  } catch (error) {
    if (error instanceof Problem) return false // a person ended it in between
    throw error
  }
}
