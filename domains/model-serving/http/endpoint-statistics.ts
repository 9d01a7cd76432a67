import type { CallContext, Runtime } from '@millrace/kernel'
import { readEndpoint } from '../actions/read-endpoints.ts'
import type { Deployment } from '../contract.ts'
import type { CallerCounts, DeploymentCounts } from '../model/plane-snapshot.ts'
import { addFigures, noFigures, wholeFigures } from '../statistics/model/counts-since.ts'
import { meanBatch, quantilesOf } from '../statistics/model/series-of-minutes.ts'
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
    callers: ReturnType<typeof callersOf>
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
        callers: callersOf(endpoint.id, fleet.callers()),
      }
    },
  }
}

function statisticsOf(deployment: Deployment, counts: readonly DeploymentCounts[], rate: number) {
  const figures = counts
    .filter(({ deploymentId }) => deploymentId === deployment.id)
    .map(wholeFigures)
    .reduce(addFigures, noFigures)
  const { requests, rows, errors, cacheHits, cacheMisses } = figures
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
    cacheHits,
    cacheMisses,
    errorRate: requests === 0 ? null : errors / requests,
    latencyMs: quantilesOf(figures.latency),
    queueMs: quantilesOf(figures.queue),
    batches: figures.batches.map(([rowsOfRun, runs]) => ({ rows: rowsOfRun, runs })),
    batchRows: meanBatch(figures.batches),
  }
}

const mostCallers = 100

/** Every process of the data plane counts its own. */
function callersOf(endpointId: string, counts: readonly CallerCounts[]) {
  const own = Map.groupBy(
    counts.filter((one) => one.endpointId === endpointId),
    ({ caller }) => caller,
  )
  return [...own]
    .map(([caller, parts]) => {
      const sum = (of: 'requests' | 'errors' | 'limited') => parts.reduce((total, part) => total + part[of], 0)
      return { caller, requests: sum('requests'), errors: sum('errors'), limited: sum('limited') }
    })
    .toSorted((one, other) => other.requests - one.requests)
    .slice(0, mostCallers)
}
