import type { CallerCounts, DeploymentCounts, PlaneEndpoint } from '../../../model/plane-snapshot.ts'
import { DeploymentTally } from './deployment-tally.ts'
import { EndpointState } from './endpoint-state.ts'

/** What this process has counted, by deployment and by endpoint; it outlives snapshots. */
export interface PlaneCounts {
  deployment(deploymentId: string): DeploymentTally
  endpoint(endpoint: PlaneEndpoint): EndpointState
  /** What changed since the last call; cumulative figures. */
  changed(): { readonly deployments: readonly DeploymentCounts[]; readonly callers: readonly CallerCounts[] }
  /** Forgets endpoints that are no more. */
  keepOnly(endpointIds: ReadonlySet<string>): void
}

/** Makes empty counts. */
export function createPlaneCounts(nowMs: () => number = Date.now): PlaneCounts {
  const tallies = new Map<string, DeploymentTally>()
  const states = new Map<string, EndpointState>()
  return {
    deployment: (id) => {
      let tally = tallies.get(id)
      if (tally === undefined) tallies.set(id, (tally = new DeploymentTally(id)))
      return tally
    },
    endpoint: (endpoint) => {
      let state = states.get(endpoint.id)
      if (state === undefined) states.set(endpoint.id, (state = new EndpointState(nowMs)))
      state.declare(endpoint)
      return state
    },
    changed: () => ({
      deployments: [...tallies.values()].map((tally) => tally.changed()).filter((counts) => counts !== undefined),
      callers: [...states].flatMap(([id, state]) => state.changed(id)),
    }),
    keepOnly: (endpointIds) => {
      for (const id of states.keys()) if (!endpointIds.has(id)) states.delete(id)
    },
  }
}
