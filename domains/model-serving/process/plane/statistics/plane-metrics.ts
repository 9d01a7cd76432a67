import type { VersionStatistics } from '../../../model/version-statistics.ts'
import type { LiveDeployment } from '../live-deployment.ts'
import type { PlaneDialect } from '../plane-dialect.ts'
import type { LiveEndpoint, RoutingTable } from '../routing-table.ts'

/** Bounds of the latency histograms, seconds. */
const boundsSeconds = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

interface Shown {
  readonly labels: string
  readonly deployment: LiveDeployment
  readonly statistics: VersionStatistics
}

interface Family {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge'
  readonly value: (statistics: VersionStatistics, deployment: LiveDeployment) => number
}

const inUs = (durationNs: number) => Math.round(durationNs / 1000)

/** Triton's names, which the field's dashboards read. */
const families: readonly Family[] = [
  counter('nv_inference_request_success', 'Requests answered', ({ success }) => success.count),
  counter('nv_inference_request_failure', 'Requests that failed', ({ fail }) => fail.count),
  counter('nv_inference_count', 'Rows answered', ({ inferenceCount }) => inferenceCount),
  counter('nv_inference_exec_count', 'Runs of the model', ({ executionCount }) => executionCount),
  counter('nv_inference_request_duration_us', 'Time of requests together', ({ success, fail }) =>
    inUs(success.durationNs + fail.durationNs),
  ),
  counter('nv_inference_queue_duration_us', 'Time that requests waited', ({ queue }) => inUs(queue.durationNs)),
  counter('nv_inference_compute_input_duration_us', 'Time of putting inputs together', ({ computeInput }) =>
    inUs(computeInput.durationNs),
  ),
  counter('nv_inference_compute_infer_duration_us', 'Time in the model', ({ computeInfer }) =>
    inUs(computeInfer.durationNs),
  ),
  counter('nv_inference_compute_output_duration_us', 'Time of giving out outputs', ({ computeOutput }) =>
    inUs(computeOutput.durationNs),
  ),
  counter('nv_cache_num_hits_per_model', 'Answers from the cache', ({ cacheHit }) => cacheHit.count),
  counter(
    'nv_cache_num_misses_per_model',
    'Requests that the cache had no answer for',
    ({ cacheMiss }) => cacheMiss.count,
  ),
  {
    name: 'nv_inference_pending_request_count',
    help: 'Requests that wait for a run',
    type: 'gauge',
    value: (_statistics, deployment) => deployment.waiting(),
  },
]

function counter(name: string, help: string, value: (statistics: VersionStatistics) => number): Family {
  return { name, help, type: 'counter', value }
}

/** `GET /metrics` in Prometheus' text form: what this process has done. Each process of the data plane has its own. */
export function planeMetrics(table: () => RoutingTable): PlaneDialect {
  return {
    name: 'metrics',
    match: ({ method, path }) =>
      method === 'GET' && path === '/metrics'
        ? { kind: 'describe', answer: () => text(200, metricsText(table().endpoints)) }
        : undefined,
    refuse: ({ status, sentence }) => text(status, `# ${sentence}\n`),
  }
}

function text(status: number, body: string) {
  return { status, headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }, body }
}

function metricsText(endpoints: readonly LiveEndpoint[]): string {
  const shown = endpoints.flatMap((endpoint) =>
    deploymentsOf(endpoint).map((deployment) => shownOf(endpoint, deployment)),
  )
  const lines: string[] = []
  for (const { name, help, type, value } of families) {
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`)
    for (const { labels, statistics, deployment } of shown)
      lines.push(`${name}{${labels}} ${value(statistics, deployment)}`)
  }
  lines.push('# HELP millrace_prediction_seconds Time from a request to its answer')
  lines.push('# TYPE millrace_prediction_seconds histogram')
  for (const one of shown)
    lines.push(...histogramOf('millrace_prediction_seconds', one, one.deployment.tally.latency()))
  lines.push('# HELP millrace_prediction_queue_seconds Time that a request waited for its run')
  lines.push('# TYPE millrace_prediction_queue_seconds histogram')
  for (const one of shown)
    lines.push(...histogramOf('millrace_prediction_queue_seconds', one, one.deployment.tally.queue()))
  lines.push('# HELP process_resident_memory_bytes Resident memory size in bytes.')
  lines.push('# TYPE process_resident_memory_bytes gauge', `process_resident_memory_bytes ${process.memoryUsage.rss()}`)
  return `${lines.join('\n')}\n`
}

function deploymentsOf({ answering, shadows, retired }: LiveEndpoint): LiveDeployment[] {
  // Registered models that nobody asked for would be thousands of empty lines.
  return [...new Set([...answering, ...shadows, ...retired])].filter(({ tally }) => tally.hasAnswered())
}

function shownOf({ workspace, name }: LiveEndpoint, deployment: LiveDeployment): Shown {
  const version = String(deployment.version)
  const labels = `model="${escaped(name)}",version="${version}",workspace="${escaped(workspace)}",role="${deployment.role}"`
  return { labels, deployment, statistics: deployment.tally.statistics(version) }
}

function histogramOf(
  name: string,
  { labels }: Shown,
  histogram: ReturnType<LiveDeployment['tally']['latency']>,
): string[] {
  const count = histogram.count()
  const buckets = boundsSeconds.map(
    (bound) => `${name}_bucket{${labels},le="${bound}"} ${histogram.countAtMost(bound * 1000)}`,
  )
  const sumSeconds = count === 0 ? 0 : (histogram.mean() * count) / 1000
  return [
    ...buckets,
    `${name}_bucket{${labels},le="+Inf"} ${count}`,
    `${name}_sum{${labels}} ${sumSeconds}`,
    `${name}_count{${labels}} ${count}`,
  ]
}

function escaped(label: string): string {
  return label
    .replaceAll('\\', String.raw`\\`)
    .replaceAll('"', String.raw`\"`)
    .replaceAll('\n', String.raw`\n`)
}
