import { isBatchable } from '../../model/check-inputs.ts'
import type { PlaneDeployment, PlaneEndpoint, PlaneSnapshot } from '../../model/plane-snapshot.ts'
import { endpointHashOf } from '../../model/prediction-id.ts'
import type { LiveRule } from './choose-deployment.ts'
import { liveRules } from './choose-deployment.ts'
import type { LiveDeployment } from './live-deployment.ts'
import type { EndpointView, PlaneView } from './plane-dialect.ts'
import { planeProblem } from './plane-problems.ts'
import type { EndpointState } from './statistics/endpoint-state.ts'

/** An endpoint with the deployments of it that take requests. */
export interface LiveEndpoint extends Omit<PlaneEndpoint, 'deployments'> {
  /** As prediction ids carry it. */
  readonly hash: string
  /** Those that share the traffic by weight; the last retired one while no other is loaded. */
  readonly answering: readonly LiveDeployment[]
  readonly shadows: readonly LiveDeployment[]
  /** They answer only who asks for their version. */
  readonly retired: readonly LiveDeployment[]
  readonly rules: readonly LiveRule[]
  readonly sticky: NonNullable<PlaneEndpoint['routing']>['sticky']
  readonly state: EndpointState
}

/** Which endpoint and deployment a request meets. Made anew for each snapshot and never changed. */
export interface RoutingTable {
  /** Throws `unknown-endpoint`. */
  endpoint(workspace: string, name: string): LiveEndpoint
  /** What dialects describe, for one workspace. */
  view(workspace: string): PlaneView
  readonly endpoints: readonly LiveEndpoint[]
}

/** A view that needs a model which has not been loaded yet: load it and ask again. */
export class ModelNeeded extends Error {
  readonly deployment: LiveDeployment

  constructor(deployment: LiveDeployment) {
    super('A model that is loaded on demand must be loaded to be described.')
    this.deployment = deployment
  }
}

export interface RoutingTableParts {
  /** Undefined while the deployment's model is not loaded and is not loaded on demand either. */
  readonly liveOf: (endpoint: PlaneEndpoint, deployment: PlaneDeployment) => LiveDeployment | undefined
  readonly stateOf: (endpoint: PlaneEndpoint) => EndpointState
}

/** Makes the table of a snapshot. */
export function createRoutingTable(snapshot: PlaneSnapshot, parts: RoutingTableParts): RoutingTable {
  const endpoints = snapshot.endpoints.map((endpoint) => liveEndpoint(endpoint, parts))
  const byKey = new Map(endpoints.map((endpoint) => [`${endpoint.workspace}/${endpoint.name}`, endpoint]))
  const views = new Map<string, PlaneView>()
  const view = (workspace: string): PlaneView => ({
    ready: true,
    names: endpoints.filter((endpoint) => endpoint.workspace === workspace).map(({ name }) => name),
    endpoint: (name, version) => viewOf(byKey.get(`${workspace}/${name}`), version),
  })
  return {
    endpoints,
    endpoint: (workspace, name) => {
      const found = byKey.get(`${workspace}/${name}`)
      if (found === undefined) throw planeProblem['unknown-endpoint']({ name })
      return found
    },
    view: (workspace) => {
      let known = views.get(workspace)
      if (known === undefined) views.set(workspace, (known = view(workspace)))
      return known
    },
  }
}

function liveEndpoint(endpoint: PlaneEndpoint, { liveOf, stateOf }: RoutingTableParts): LiveEndpoint {
  const { deployments, ...declared } = endpoint
  const live = deployments
    .map((deployment) => liveOf(endpoint, deployment))
    .filter((deployment) => deployment !== undefined)
  const weighted = live.filter(({ role, weight }) => role !== 'shadow' && role !== 'retired' && weight > 0)
  const retired = live.filter(({ role }) => role === 'retired')
  const spare = retired.slice(-1)
  return {
    ...declared,
    hash: endpointHashOf(endpoint.workspace, endpoint.name),
    answering: weighted.length > 0 ? weighted : spare,
    shadows: live.filter(({ role }) => role === 'shadow'),
    retired,
    rules: liveRules(endpoint.routing?.rules ?? [], live),
    sticky: endpoint.routing?.sticky,
    state: stateOf(endpoint),
  }
}

function viewOf(endpoint: LiveEndpoint | undefined, version: string | undefined): EndpointView | undefined {
  if (endpoint === undefined) return undefined
  const { answering, shadows, labels } = endpoint
  const versions = [...answering, ...shadows]
  const asked = version === undefined ? undefined : String(labels?.[version] ?? version)
  const shown = asked === undefined ? versions[0] : versions.find((live) => String(live.version) === asked)
  if (shown !== undefined) return viewOfModel(endpoint, versions, shown)
  return version === undefined ? emptyView(endpoint.name) : undefined
}

function viewOfModel(
  { name, limits }: LiveEndpoint,
  versions: readonly LiveDeployment[],
  shown: LiveDeployment,
): EndpointView {
  const described = shown.described()
  if (described === undefined) throw new ModelNeeded(shown)
  const { signature, platform } = described
  return {
    name,
    versions: versions.map((live) => String(live.version)),
    ready: true,
    platform,
    signature,
    maxBatchRows: isBatchable(signature) ? (limits?.maxBatchRows ?? 1024) : 0,
    statistics: () => versions.map(({ tally, version: number }) => tally.statistics(String(number))),
  }
}

function emptyView(name: string): EndpointView {
  const signature = { inputs: [], outputs: [] }
  return { name, versions: [], ready: false, platform: '', signature, maxBatchRows: 0, statistics: () => [] }
}
