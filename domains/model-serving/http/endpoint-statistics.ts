import type { CallContext, Runtime } from '@millrace/kernel'
import type { LatencyHistogramJson } from '@millrace/statistics'
import { createLatencyHistogram } from '@millrace/statistics'
import { readEndpoint } from '../actions/read-endpoints.ts'
import type { Deployment } from '../contract.ts'
import type { DeploymentCounts } from '../model/plane-snapshot.ts'
import type { ServingControl } from '../process/control/serving-control.ts'

/** Figures of an endpoint's deployments since the data plane started; rates over the last ten seconds. */
export interface EndpointStatistics {
  read(
    name: string,
    context: CallContext,
  ): Promise<{
    endpoint: string
    latestEventMs: number | null
    deployments: ReturnType<typeof statisticsOf>[]
  }>
}

interface Sample {
  readonly atMs: number
  readonly requests: ReadonlyMap<string, number>
}

const rateOverMs = 10_000

/** Makes it. */
export function createEndpointStatistics(runtime: Runtime, control: ServingControl): EndpointStatistics {
  const { fleet } = control
  let samples: Sample[] = []
  const totals = () => {
    const requests = new Map<string, number>()
    for (const { deploymentId, requests: more } of fleet.counts())
      requests.set(deploymentId, (requests.get(deploymentId) ?? 0) + more)
    return requests
  }
  const rateOf = (deploymentId: string): number => {
    const [first] = samples
    if (first === undefined) return 0
    const seconds = (runtime.nowMs() - first.atMs) / 1000
    const more = (totals().get(deploymentId) ?? 0) - (first.requests.get(deploymentId) ?? 0)
    // A data plane that started anew counts from zero again.
    return seconds > 0 && more > 0 ? more / seconds : 0
  }
  control.onSecond(() => {
    const nowMs = runtime.nowMs()
    samples = [...samples.filter(({ atMs }) => nowMs - atMs <= rateOverMs), { atMs: nowMs, requests: totals() }]
  })
  return {
    read: async (name, context) => {
      const endpoint = await runtime.runner.ask(readEndpoint, { name }, context)
      return {
        endpoint: name,
        latestEventMs: fleet.latestEventMs(endpoint.id) ?? null,
        deployments: endpoint.deployments.map((deployment) =>
          statisticsOf(deployment, fleet.counts(), rateOf(deployment.id)),
        ),
      }
    },
  }
}

function statisticsOf(deployment: Deployment, counts: readonly DeploymentCounts[], rate: number) {
  const own = counts.filter(({ deploymentId }) => deploymentId === deployment.id)
  const latency = createLatencyHistogram()
  let [requests, rows, errors] = [0, 0, 0]
  for (const count of own) {
    latency.merge(createLatencyHistogram(count.latency as LatencyHistogramJson)) // the data plane's own histogram
    requests += count.requests
    rows += count.rows
    errors += count.errors
  }
  const { id: deploymentId, versionId, version, role, weight } = deployment
  return {
    deploymentId,
    versionId,
    version,
    role,
    weight,
    requests,
    rows,
    errors,
    rate,
    errorRate: requests === 0 ? null : errors / requests,
    latencyMs: latency.count() === 0 ? null : quantilesOf(latency),
  }
}

function quantilesOf(latency: ReturnType<typeof createLatencyHistogram>) {
  const at = (q: number) => latency.quantile(q)
  return { mean: latency.mean(), p50: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99) }
}
