import type { DeploymentStatistics, ServingEndpoint } from '@millrace/model-serving/contract'
import { orNull, type Api } from '@millrace/ui/data'
import type { State } from '@millrace/ui/parts'
import type { z } from 'zod'

export interface EndpointRow {
  name: string
  model: string
  versions: readonly { name: string; role: 'champion' | 'canary' | 'shadow' | 'variant'; share: number }[]
  state: State
  status: string
  requestsPerSecond: number | null
  latencyP95Ms: number | null
  errorShare: number | null
  /** Logged rows, exactly. */
  predictions: number
}

export type Statistics = z.infer<typeof DeploymentStatistics>

export interface StatisticsAnswer {
  latestEventMs: number | null
  deployments: readonly Statistics[]
}

export const endpointsTopics = ['model-serving'] as const

export async function loadEndpoints(api: Api, signal: AbortSignal): Promise<{ items: readonly EndpointRow[] }> {
  const { items } = await api.get<{ items: readonly ServingEndpoint[] }>('endpoints', { query: { limit: 200 }, signal })
  const [counts, statistics] = await Promise.all([
    api.get<{ byVersion: readonly { endpoint: string; count: number }[] }>('prediction-counts', { signal }),
    Promise.all(items.map((each) => loadStatistics(api, each.name, signal))),
  ])
  return {
    items: items.map((endpoint, at) => ({
      ...endpointRow(endpoint, statistics[at] ?? null),
      predictions: counts.byVersion
        .filter((each) => each.endpoint === endpoint.name)
        .reduce((sum, each) => sum + each.count, 0),
    })),
  }
}

/** The figures of an endpoint's deployments; null while the data plane does not answer. */
export function loadStatistics(api: Api, endpoint: string, signal: AbortSignal): Promise<StatisticsAnswer | null> {
  return orNull(api.get<StatisticsAnswer>(`endpoints/${encodeURIComponent(endpoint)}/statistics`, { signal }))
}

/** An endpoint as one row, without its count. */
export function endpointRow(
  endpoint: ServingEndpoint,
  statistics: StatisticsAnswer | null,
): Omit<EndpointRow, 'predictions'> {
  const answering = (statistics?.deployments ?? []).filter(({ role }) => answers(role))
  const requests = answering.reduce((sum, each) => sum + each.requests, 0)
  const latencies = answering.flatMap((each) => (each.latencyMs === null ? [] : [each.latencyMs.p95]))
  return {
    name: endpoint.name,
    model: endpoint.model,
    versions: versionsOf(endpoint),
    ...endpointStatus(endpoint),
    requestsPerSecond: statistics === null ? null : answering.reduce((sum, each) => sum + each.rate, 0),
    latencyP95Ms: latencies.length === 0 ? null : Math.max(...latencies),
    errorShare: requests === 0 ? null : answering.reduce((sum, each) => sum + each.errors, 0) / requests,
  }
}

function answers(role: string): boolean {
  return role === 'champion' || role === 'canary' || role === 'variant'
}

/** The versions at an endpoint with their shares, 0 to 1. */
export function versionsOf(endpoint: ServingEndpoint): EndpointRow['versions'] {
  return endpoint.deployments.flatMap((each) =>
    each.role === 'retired' || each.state === 'failed' || each.state === 'stopped'
      ? []
      : [{ name: `v${each.version}`, role: each.role, share: each.role === 'shadow' ? 0 : each.weight / 100 }],
  )
}

/** Whether an endpoint answers, in one word. */
export function endpointStatus(endpoint: ServingEndpoint): { state: State; status: string } {
  const answering = endpoint.deployments.filter(({ role }) => answers(role))
  const { rollout } = endpoint
  if (answering.length === 0) return { state: 'idle', status: 'Nothing deployed' }
  if (answering.some((each) => each.state === 'failed')) return { state: 'bad', status: 'A deployment failed' }
  if (answering.some((each) => each.state === 'loading')) return { state: 'live', status: 'Loading' }
  if (rollout === null) return { state: 'ok', status: 'Serving' }
  if (rollout.paused) return { state: 'warn', status: `v${rollout.version} on hold` }
  const share = rollout.plan.steps[rollout.step]?.weight
  return {
    state: 'live',
    status: share === undefined ? `v${rollout.version} in shadow` : `v${rollout.version} at ${share}%`,
  }
}
