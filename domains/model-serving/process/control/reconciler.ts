import { Problem } from '@millrace/contract'
import type { CallContext, Logger, Runner } from '@millrace/kernel'
import { systemActor } from '@millrace/kernel'
import type { Database } from '@millrace/kernel/db'
import { settleDeployment } from '../../actions/settle-deployment.ts'
import { rollBackRollout } from '../../actions/steer-rollout.ts'
import { stopExperiment } from '../../experiments/actions/end-experiment.ts'
import { inputDifference } from '../../model/same-inputs.ts'
import type { ModelReport, PlaneEndpoint, PlaneModel, PlaneSnapshot } from '../../model/plane-snapshot.ts'
import type { ModelRepository } from '../../repository/process/model-repository.ts'
import { servingOverview } from '../../store/serving-overview.ts'
import type { DeploymentRow, EndpointRow } from '../../store/tables.ts'
import type { OnDemandVersions } from './on-demand-versions.ts'
import type { FoundModels, ServingOverview } from './plane-endpoints.ts'
import { planeEndpoints, planeModels } from './plane-endpoints.ts'
import type { PlaneFleet } from './fleet/plane-fleet.ts'
import type { VersionSources } from './version-sources.ts'

export interface ReconcilerOptions {
  readonly database: Database
  readonly runner: Runner
  readonly fleet: PlaneFleet
  readonly log: Logger
  readonly sources: VersionSources
  /** What may be asked for beside the deployments. */
  readonly onDemand: (endpoints: readonly EndpointRow[]) => Promise<OnDemandVersions>
  /** Endpoints that the store does not know. */
  readonly beside?: Pick<ModelRepository, 'endpoints' | 'note'> | undefined
}

/** Brings the data plane to what the store says, and the store to what the data plane could do. */
export interface Reconciler {
  /**
   * Resolves when the data plane serves what was committed before the call, but for versions whose files or environments
   * are not there yet: they come with a later round, and hold up nobody.
   */
  reconcile(): Promise<void>
  /** Loads a version without traffic and says what became of it. */
  probe(workspace: string, versionId: string): Promise<ModelReport>
}

/** Makes the reconciler. Rounds never overlap; calls that come together share one. */
export function createReconciler(options: ReconcilerOptions): Reconciler {
  const preload = new Map<string, PlaneModel>()
  const applier = createApplier(options)
  let last: Promise<void> = Promise.resolve()
  let next: Promise<void> | undefined
  const round = async (): Promise<void> => {
    const overview = await readOverview(options.database)
    const { endpoints, found } = await planeWide(options, overview)
    await applier.apply({ endpoints, preload: [...preload.values()] }, found)
    if (await settle(options, overview, applier.reports())) await round()
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
      const model = await options.sources.resolve(workspace, versionId)
      if ('ok' in model) return model
      preload.set(versionId, model)
      try {
        await reconcile()
        return applier.reports().get(versionId) ?? { versionId, ok: false, reason: 'the data plane did not answer' }
      } finally {
        preload.delete(versionId)
      }
    },
  }
}

/** Everything that the data plane should offer now, and what is known of the deployed versions. */
async function planeWide(
  { sources, onDemand, beside }: ReconcilerOptions,
  overview: ServingOverview,
): Promise<{ endpoints: readonly PlaneEndpoint[]; found: FoundModels }> {
  const asked = await onDemand(overview.endpoints)
  const deployed = overview.deployments.map((row) => ({ workspace: row.workspace, versionId: row.version_id }))
  const found = await sources.known(deployed)
  const known = [...planeEndpoints(overview, found, asked.ofEndpoints), ...planeModels(asked.ofModels)]
  const names = new Set(known.map(({ workspace, name }) => `${workspace}/${name}`))
  return { found, endpoints: [...known, ...(beside?.endpoints(names) ?? [])] }
}

/** Tells the data plane what it does not have yet, and keeps what it said. */
function createApplier({ fleet, beside }: ReconcilerOptions) {
  let revision = 0
  let applied = ''
  let reports: ReadonlyMap<string, ModelReport> = new Map()
  return {
    reports: () => reports,
    async apply(wanted: Omit<PlaneSnapshot, 'revision'>, found: FoundModels): Promise<void> {
      const text = JSON.stringify(wanted)
      // What the data plane has already, and could load whole, need not be said again.
      if (text === applied && [...reports.values()].every(({ ok }) => ok)) return
      revision += 1
      const loaded = await fleet.apply({ ...wanted, revision })
      beside?.note(loaded)
      const missing = [...found.values()].filter((model) => 'ok' in model)
      reports = new Map([...loaded, ...missing].map((report) => [report.versionId, report]))
      applied = text
    },
  }
}

function systemContext(workspace: string): CallContext {
  return { actor: systemActor('model-serving'), workspace }
}

async function readOverview(database: Database): Promise<ServingOverview> {
  const overview = servingOverview(database.reader)
  return {
    endpoints: await overview.endpoints(),
    deployments: await overview.liveDeployments(),
    rollouts: await overview.openRollouts(),
    experiments: await overview.runningExperiments(),
  }
}

/** Records what became of the deployments; true when something changed, so that the data plane must be told again. */
async function settle(
  options: ReconcilerOptions,
  overview: ServingOverview,
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
    if (next === 'failed') changed = (await endTrial(options, deployment, report)) || changed
  }
  return changed
}

/** What became of a deployment's model; a canary that takes other inputs than the champion would turn callers away. */
function fitting(
  deployment: DeploymentRow,
  overview: ServingOverview,
  reports: ReadonlyMap<string, ModelReport>,
): ModelReport | undefined {
  const report = reports.get(deployment.version_id)
  if (report?.ok !== true || !['canary', 'variant', 'shadow'].includes(deployment.role)) return report
  const champion = championOf(deployment, overview)
  const ofChampion = champion === undefined ? undefined : reports.get(champion.version_id)
  const difference = ofChampion?.ok === true ? inputDifference(ofChampion.signature, report.signature) : undefined
  return difference === undefined ? report : { versionId: report.versionId, ok: false, reason: difference }
}

function championOf({ workspace, endpoint }: DeploymentRow, overview: ServingOverview): DeploymentRow | undefined {
  return overview.deployments.find(
    (other) => other.workspace === workspace && other.endpoint === endpoint && other.role === 'champion',
  )
}

function nextState(
  deployment: DeploymentRow,
  report: ModelReport | undefined,
  overview: ServingOverview,
): 'ready' | 'failed' | 'stopped' | undefined {
  const { state, role } = deployment
  if (state === 'draining') return isReplaced(deployment, overview) ? 'stopped' : undefined
  if (report?.ok === true) return state === 'ready' ? undefined : 'ready'
  return report?.ok === false && state !== 'failed' && role !== 'retired' ? 'failed' : undefined
}

/** True once a champion that is loaded answers in its place: this snapshot or one before has said so. */
function isReplaced(deployment: DeploymentRow, overview: ServingOverview): boolean {
  return championOf(deployment, overview)?.state === 'ready'
}

/** A rollout or experiment whose version cannot be loaded ends. */
async function endTrial(
  options: ReconcilerOptions,
  { workspace, role, rollout_id, experiment_id }: DeploymentRow,
  report: ModelReport | undefined,
): Promise<boolean> {
  const reason = `The version cannot be served: ${report?.ok === false ? report.reason : 'unknown'}`
  const context = systemContext(workspace)
  try {
    if (role === 'variant' && experiment_id !== null)
      await options.runner.act(stopExperiment, { id: experiment_id, reason }, context)
    else if (role !== 'champion' && rollout_id !== null)
      await options.runner.act(rollBackRollout, { id: rollout_id, reason }, context)
    else return false
    return true
  } catch (error) {
    if (error instanceof Problem) return false // a person ended it in between
    throw error
  }
}
