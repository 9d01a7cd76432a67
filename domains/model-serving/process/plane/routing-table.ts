import { isBatchable } from '../../model/check-inputs.ts'
import type { ModelRunner } from '../../model/model-runner.ts'
import type { PlaneDeployment, PlaneEndpoint, PlaneSnapshot } from '../../model/plane-snapshot.ts'
import { endpointHashOf } from '../../model/prediction-id.ts'
import { chooseByWeight, pointOf } from '../../model/traffic-split.ts'
import type { BatchQueue } from './batch-queue.ts'
import type { EndpointView, PlaneView } from './plane-dialect.ts'
import { planeProblem } from './plane-problems.ts'

/** A deployment that is loaded and takes requests. */
export interface LiveDeployment extends PlaneDeployment {
  readonly runner: ModelRunner
  readonly queue: BatchQueue
}

/** An endpoint with the deployments of it that are loaded. */
export interface LiveEndpoint extends Omit<PlaneEndpoint, 'deployments'> {
  /** As prediction ids carry it. */
  readonly hash: string
  /** Those that share the traffic by weight; the last retired one while no other is loaded. */
  readonly answering: readonly LiveDeployment[]
  readonly shadows: readonly LiveDeployment[]
}

/** Which endpoint and deployment a request meets. Made anew for each snapshot and never changed. */
export interface RoutingTable {
  /** Throws `unknown-endpoint`. */
  endpoint(workspace: string, name: string): LiveEndpoint
  /** What dialects describe, for one workspace. */
  view(workspace: string): PlaneView
  readonly endpoints: readonly LiveEndpoint[]
}

/** `liveOf` gives a deployment with its runner and queue, or undefined while it is not loaded. */
export function createRoutingTable(
  snapshot: PlaneSnapshot,
  liveOf: (endpoint: PlaneEndpoint, deployment: PlaneDeployment) => LiveDeployment | undefined,
): RoutingTable {
  const endpoints = snapshot.endpoints.map((endpoint) => liveEndpoint(endpoint, liveOf))
  const byKey = new Map(endpoints.map((endpoint) => [`${endpoint.workspace}/${endpoint.name}`, endpoint]))
  return {
    endpoints,
    endpoint: (workspace, name) => {
      const found = byKey.get(`${workspace}/${name}`)
      if (found === undefined) throw planeProblem['unknown-endpoint']({ name })
      return found
    },
    view: (workspace) => ({
      ready: true,
      names: endpoints.filter((endpoint) => endpoint.workspace === workspace).map(({ name }) => name),
      endpoint: (name, version) => viewOf(byKey.get(`${workspace}/${name}`), version),
    }),
  }
}

/** The deployment that answers a request. Throws `not-ready`, `unknown-version`. */
export function deploymentFor(endpoint: LiveEndpoint, requestId: string, version?: string): LiveDeployment {
  const { name, answering, shadows } = endpoint
  if (version !== undefined) {
    const named = [...answering, ...shadows].find((deployment) => String(deployment.version) === version)
    if (named === undefined) throw planeProblem['unknown-version']({ name, version })
    return named
  }
  const [only] = answering
  const chosen = answering.length === 1 ? only : chooseByWeight(answering, pointOf(requestId))
  if (chosen === undefined) throw planeProblem['not-ready']({ name })
  return chosen
}

function liveEndpoint(
  endpoint: PlaneEndpoint,
  liveOf: (endpoint: PlaneEndpoint, deployment: PlaneDeployment) => LiveDeployment | undefined,
): LiveEndpoint {
  const live = endpoint.deployments
    .map((deployment) => liveOf(endpoint, deployment))
    .filter((deployment) => deployment !== undefined)
  const weighted = live.filter(({ role, weight }) => (role === 'champion' || role === 'canary') && weight > 0)
  const spare = live.findLast(({ role }) => role === 'retired')
  const { workspace, id, name, logging } = endpoint
  return {
    workspace,
    id,
    name,
    logging,
    hash: endpointHashOf(workspace, name),
    answering:
      weighted.length > 0 || spare === undefined
        ? weighted
        : [
            {
              ...spare,
              weight: 100,
            },
          ],
    shadows: live.filter(({ role }) => role === 'shadow'),
  }
}

function viewOf(endpoint: LiveEndpoint | undefined, version: string | undefined): EndpointView | undefined {
  if (endpoint === undefined) return undefined
  const versions = [...endpoint.answering, ...endpoint.shadows]
  const shown = version === undefined ? versions[0] : versions.find((live) => String(live.version) === version)
  if (shown === undefined) {
    if (version !== undefined) return undefined
    return {
      name: endpoint.name,
      versions: [],
      ready: false,
      platform: '',
      signature: { inputs: [], outputs: [] },
      maxBatchRows: 0,
      statistics: () => [],
    }
  }
  const { signature, platform } = shown.runner
  return {
    name: endpoint.name,
    versions: versions.map((live) => String(live.version)),
    ready: true,
    platform,
    signature,
    maxBatchRows: isBatchable(signature) ? 1024 : 0,
    statistics: () => [],
  }
}
