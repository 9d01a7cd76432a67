import { specOf } from '../../actions/show.ts'
import type { EndpointSpec, TrafficRule } from '../../contract.ts'
import { experimentSpecOf } from '../../experiments/actions/show-experiment.ts'
import type {
  ModelReport,
  PlaneDeployment,
  PlaneEndpoint,
  PlaneLogging,
  PlaneModel,
  PlaneRouting,
} from '../../model/plane-snapshot.ts'
import type { DeploymentRow, EndpointRow, ExperimentRow, RolloutRow } from '../../store/tables.ts'
import type { OnDemandVersion } from './on-demand-versions.ts'

/** What the store says of all workspaces. */
export interface ServingOverview {
  readonly endpoints: readonly EndpointRow[]
  readonly deployments: readonly DeploymentRow[]
  readonly rollouts: readonly RolloutRow[]
  readonly experiments: readonly ExperimentRow[]
}

export type FoundModels = ReadonlyMap<string, PlaneModel | ModelReport>

type Trial = { readonly id: string; readonly step: number }
type OfEndpoint = { readonly workspace: string; readonly endpoint: string }

/**
 * The endpoints as the data plane is told of them. One with a rollout or an experiment under way logs every request in any
 * case: they judge by the log.
 */
export function planeEndpoints(
  overview: ServingOverview,
  models: FoundModels,
  onDemand: readonly OnDemandVersion[],
): PlaneEndpoint[] {
  return overview.endpoints.map((row): PlaneEndpoint => {
    const { workspace, id, name } = row
    const isOurs = (other: OfEndpoint) => other.workspace === workspace && other.endpoint === name
    const spec = specOf(row)
    const rollout = overview.rollouts.find(isOurs)
    const experiment = overview.experiments.find(isOurs)
    const trial = trialOf(rollout, experiment)
    const deployed = overview.deployments
      .filter(isOurs)
      .flatMap((deployment) => planeDeployment(deployment, spec, models, trial))
    const asked = onDemand.filter((version) => isOurs(version) && !deployed.some(sameVersion(version)))
    return {
      workspace,
      id,
      name,
      deployments: [...deployed, ...asked.map((version) => onDemandDeployment(version, 0))],
      logging: loggingOf(spec, trial !== undefined),
      ...settingsOf(spec),
      ...routingOf(spec, experiment, deployed),
    }
  })
}

/** Registered models without an endpoint, each under its own name: loaded with the first request, never logged. */
export function planeModels(versions: readonly OnDemandVersion[]): PlaneEndpoint[] {
  return versions.map((version) => ({
    workspace: version.workspace,
    id: `${modelPrefix}${version.model}`,
    name: version.model,
    logging: { enabled: false, sampleRate: 0, redact: [] },
    deployments: [onDemandDeployment(version, 100)],
  }))
}

const modelPrefix = 'model:'

/** The registered model that answers under its own name; undefined for an endpoint's id. */
export function modelOfEndpointId(id: string): string | undefined {
  return id.startsWith(modelPrefix) ? id.slice(modelPrefix.length) : undefined
}

function sameVersion({ versionId }: OnDemandVersion) {
  return (deployment: PlaneDeployment) => deployment.versionId === versionId
}

function trialOf(rollout: RolloutRow | undefined, experiment: ExperimentRow | undefined): Trial | undefined {
  if (rollout !== undefined) return { id: rollout.id, step: rollout.step }
  return experiment === undefined ? undefined : { id: experiment.id, step: experiment.weighing }
}

function planeDeployment(
  deployment: DeploymentRow,
  spec: EndpointSpec,
  models: FoundModels,
  trial: Trial | undefined,
): PlaneDeployment[] {
  const { id, version, role, weight } = deployment
  const model = models.get(deployment.version_id)
  if (model === undefined || 'ok' in model) return []
  return [{ ...onDevice(model, spec), id, version, weight, role, rollout: role === 'retired' ? null : (trial ?? null) }]
}

function onDevice(model: PlaneModel, { device }: EndpointSpec): PlaneModel {
  if (model.source.format !== 'onnx' || device === 'cpu') return model
  return { ...model, source: { ...model.source, device } }
}

/** Its files are brought when the first request asks for it: a registry may have thousands that nobody asks for. */
function onDemandDeployment(of: OnDemandVersion, weight: number): PlaneDeployment {
  const { workspace, endpoint, versionId, version } = of
  const part = { role: 'champion', rollout: null, onDemand: true } as const
  return {
    ...part,
    versionId,
    version,
    weight,
    id: `${versionId}@${endpoint}`,
    source: { format: 'registered', workspace },
  }
}

function loggingOf({ logging }: EndpointSpec, isTried: boolean): PlaneLogging {
  const { enabled, sampleRate, redact } = logging
  return isTried ? { enabled: true, sampleRate: 1, redact } : { enabled, sampleRate, redact }
}

type Settings = Pick<PlaneEndpoint, 'limits' | 'cache' | 'warmUp' | 'idleMs' | 'labels'>

function settingsOf({ limits, cache, warmUp, idleSeconds, labels }: EndpointSpec): Settings {
  return {
    ...(Object.keys(limits).length === 0 ? {} : { limits: withoutGaps(limits) }),
    ...(cache.enabled ? { cache: { maxBytes: cache.maxMb * 1024 * 1024, ttlMs: cache.ttlSeconds * 1000 } } : {}),
    ...(warmUp.length === 0 ? {} : { warmUp }),
    ...(idleSeconds === undefined ? {} : { idleMs: idleSeconds * 1000 }),
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
  }
}

/** An experiment's own key wins: its arms must not be told apart by another. */
function routingOf(
  { traffic }: EndpointSpec,
  experiment: ExperimentRow | undefined,
  deployments: readonly PlaneDeployment[],
): Pick<PlaneEndpoint, 'routing'> {
  const sticky = (experiment === undefined ? undefined : experimentSpecOf(experiment).sticky) ?? traffic.sticky
  const rules = traffic.rules.flatMap(({ when, to }) => {
    const target = deployments.find((deployment) => plays(deployment, to))
    return target === undefined ? [] : [{ when: withoutGaps(when), deploymentId: target.id }]
  })
  if (sticky === undefined && rules.length === 0) return {}
  const routing: PlaneRouting = { rules, ...(sticky === undefined ? {} : { sticky: withoutGaps(sticky) }) }
  return { routing }
}

/** Only what answers may be named: a shadow's answers are nobody's, a retired one is on its way out. */
function plays({ role, version }: PlaneDeployment, to: TrafficRule['to']): boolean {
  if (role === 'shadow' || role === 'retired') return false
  return typeof to === 'number' ? version === to : role === to
}

type WithoutGaps<T> = { [K in keyof T]: Exclude<T[K], undefined> }

/** What is undefined is left out, as the snapshot's types have it. */
function withoutGaps<T extends object>(value: T): WithoutGaps<T> {
  // The filter takes out what the type says is gone.
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as WithoutGaps<T>
}
