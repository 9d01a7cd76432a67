import type { Command, Column } from '@millrace/terminal'
import { command, exitCodes, formatCount, formatNumber, formatTime, listing } from '@millrace/terminal'

interface Deployment {
  id: string
  version: number
  role: string
  weight: number
  state: string
  reason: string | null
  createdAtMs: number
}

interface Endpoint {
  name: string
  model: string
  deployments: Deployment[]
  rollout: { id: string; state: string } | null
  spec: { follow?: string }
}

type Quantiles = { p50: number; p95: number; p99: number; p999: number } | null

interface Statistics {
  deployments: {
    version: number
    role: string
    requests: number
    rate: number
    errorRate: number | null
    latencyMs: Quantiles
    queueMs: Quantiles
    batchRows: number | null
    cacheHits: number
    cacheMisses: number
  }[]
  callers: { caller: string; requests: number; errors: number; limited: number }[]
}

interface Point {
  atMs: number
  version: number
  requests: number
  errors: number
  rate: number
  latencyMs: Quantiles
  queueMs: Quantiles
  batchRows: number | null
}

const traffic = (endpoint: Endpoint) =>
  endpoint.deployments
    .filter((deployment) => deployment.role !== 'retired')
    .map((deployment) => `v${deployment.version} ${deployment.role} ${deployment.weight}%`)
    .join(', ')

const deploymentColumns: Column<Deployment>[] = [
  { title: 'Version', value: (row) => row.version, align: 'right' },
  { title: 'Role', value: (row) => row.role },
  { title: 'Traffic', value: (row) => `${formatNumber(row.weight)}%`, align: 'right' },
  { title: 'State', value: (row) => row.state },
  { title: 'Since', value: (row) => formatTime(row.createdAtMs) },
  { title: 'Reason', value: (row) => row.reason },
]

const inMs = (quantiles: Quantiles, of: 'p50' | 'p95' | 'p99' | 'p999') => formatNumber(quantiles?.[of])
const nameIn = (name: string | undefined) => `/endpoints/${encodeURIComponent(name ?? '')}`

const statisticsColumns: Column<Statistics['deployments'][number]>[] = [
  { title: 'Version', value: (row) => row.version, align: 'right' },
  { title: 'Role', value: (row) => row.role },
  { title: 'Requests', value: (row) => formatCount(row.requests), align: 'right' },
  { title: 'Per second', value: (row) => formatNumber(row.rate), align: 'right' },
  { title: 'Errors', value: (row) => formatNumber(row.errorRate), align: 'right' },
  { title: 'p50 ms', value: (row) => inMs(row.latencyMs, 'p50'), align: 'right' },
  { title: 'p99 ms', value: (row) => inMs(row.latencyMs, 'p99'), align: 'right' },
  { title: 'p99.9 ms', value: (row) => inMs(row.latencyMs, 'p999'), align: 'right' },
  { title: 'Queue p99 ms', value: (row) => inMs(row.queueMs, 'p99'), align: 'right' },
  { title: 'Rows a run', value: (row) => formatNumber(row.batchRows), align: 'right' },
  { title: 'Cache', value: (row) => `${row.cacheHits}/${row.cacheHits + row.cacheMisses}`, align: 'right' },
]

const seriesColumns: Column<Point>[] = [
  { title: 'At', value: (row) => formatTime(row.atMs) },
  { title: 'Version', value: (row) => row.version, align: 'right' },
  { title: 'Requests', value: (row) => formatCount(row.requests), align: 'right' },
  { title: 'Per second', value: (row) => formatNumber(row.rate), align: 'right' },
  { title: 'Errors', value: (row) => row.errors, align: 'right' },
  { title: 'p50 ms', value: (row) => inMs(row.latencyMs, 'p50'), align: 'right' },
  { title: 'p95 ms', value: (row) => inMs(row.latencyMs, 'p95'), align: 'right' },
  { title: 'p99.9 ms', value: (row) => inMs(row.latencyMs, 'p999'), align: 'right' },
  { title: 'Queue p95 ms', value: (row) => inMs(row.queueMs, 'p95'), align: 'right' },
  { title: 'Rows a run', value: (row) => formatNumber(row.batchRows), align: 'right' },
]

/** `millrace endpoints …`: what is declared, what answers, and how it does. */
export const endpointCommands: readonly Command[] = [
  listing<Endpoint>({
    path: ['endpoints', 'list'],
    summary: 'Lists endpoints with their traffic',
    url: '/endpoints',
    example: 'millrace endpoints list',
    columns: [
      { title: 'Endpoint', value: (row) => row.name },
      { title: 'Model', value: (row) => row.model },
      { title: 'Traffic', value: traffic },
      { title: 'Follows', value: (row) => row.spec.follow },
      { title: 'Rollout', value: (row) => row.rollout?.state },
    ],
  }),
  command({
    path: ['endpoints', 'show'],
    summary: 'Shows an endpoint and the versions that answer',
    usage: 'ENDPOINT',
    minimumArgs: 1,
    examples: ['millrace endpoints show flight-delay', 'millrace endpoints show flight-delay --json'],
    run: async ({ api, args, show, say }) => {
      const endpoint = await api.get<Endpoint>(nameIn(args[0]))
      say(`${endpoint.name} answers with ${endpoint.model}: ${traffic(endpoint)}`)
      const { rollout } = endpoint
      if (rollout !== null) say(`Rollout ${rollout.id}: ${rollout.state}. millrace rollouts show ${rollout.id}`)
      show(endpoint, endpoint.deployments, deploymentColumns)
      return exitCodes.ok
    },
  }),
  command({
    path: ['endpoints', 'create'],
    summary: 'Declares an endpoint for a model; `millrace apply` declares all that one can do',
    usage: 'ENDPOINT --model MODEL',
    minimumArgs: 1,
    options: [
      { name: 'model', describe: 'The registered model whose versions it serves', value: 'MODEL' },
      { name: 'follow', describe: 'An alias whose versions come by a rollout', value: 'models:/NAME@ALIAS' },
    ],
    examples: [
      'millrace endpoints create flight-delay --model flight-delay',
      'millrace endpoints create flight-delay --model flight-delay --follow models:/flight-delay@champion',
    ],
    run: async ({ api, args, text, print, say }) => {
      const [model, follow] = [text('model'), text('follow')]
      if (model === undefined) {
        say('This needs --model MODEL.')
        return exitCodes.usage
      }
      const spec = { model, ...(follow === undefined ? {} : { follow }) }
      const endpoint = await api.put<Endpoint>(nameIn(args[0]), spec)
      print(endpoint, `The endpoint ${endpoint.name} answers with versions of ${endpoint.model}.`)
      return exitCodes.ok
    },
  }),
  command({
    path: ['endpoints', 'deploy'],
    summary: 'Makes a version the champion at once; comes back when it serves',
    usage: 'ENDPOINT VERSION-ID',
    minimumArgs: 2,
    options: [{ name: 'reason', describe: 'Why; it is kept in the audit', value: 'TEXT' }],
    examples: ['millrace endpoints deploy flight-delay ver_… --reason "first version"'],
    run: async ({ api, args, text, print }) => {
      const reason = text('reason')
      const body = { versionId: args[1], ...(reason === undefined ? {} : { reason }) }
      const deployment = await api.post<Deployment>(`${nameIn(args[0])}/deployments`, body)
      print(deployment, `Version ${deployment.version} is the champion: ${deployment.state}.`)
      return exitCodes.ok
    },
  }),
  listing<Deployment>({
    path: ['endpoints', 'deployments'],
    summary: 'Lists all deployments an endpoint has had, the newest first',
    usage: 'ENDPOINT',
    url: '/endpoints/{0}/deployments',
    example: 'millrace endpoints deployments flight-delay',
    columns: deploymentColumns,
  }),
  command({
    path: ['endpoints', 'delete'],
    summary: 'Ends an endpoint; its prediction log stays',
    usage: 'ENDPOINT',
    minimumArgs: 1,
    examples: ['millrace endpoints delete flight-delay'],
    run: async ({ api, args, print }) => {
      print(await api.delete<object>(nameIn(args[0])), `The endpoint ${args[0] ?? ''} is ended.`)
      return exitCodes.ok
    },
  }),
  command({
    path: ['endpoints', 'stats'],
    summary: 'Shows rate, errors, latencies, queue, runs and cache since the start, or over time with --series',
    usage: 'ENDPOINT',
    minimumArgs: 1,
    options: [
      { name: 'series', describe: 'Minute by minute, from what is kept for a week', kind: 'flag' },
      { name: 'hours', describe: 'How far back the series goes; default 1', value: 'N' },
      { name: 'callers', describe: 'Who asks, the busiest first', kind: 'flag' },
    ],
    examples: [
      'millrace endpoints stats flight-delay',
      'millrace endpoints stats flight-delay --series --hours 24',
      'millrace endpoints stats flight-delay --callers --json',
    ],
    run: async ({ api, args, flag, text, show }) => {
      if (flag('series')) {
        const toMs = Date.now()
        const fromMs = toMs - Number(text('hours') ?? 1) * 3_600_000
        const series = await api.get<{ points: Point[] }>(`${nameIn(args[0])}/series`, { fromMs, toMs })
        show(series, series.points, seriesColumns)
        return exitCodes.ok
      }
      const statistics = await api.get<Statistics>(`${nameIn(args[0])}/statistics`)
      if (!flag('callers')) show(statistics, statistics.deployments, statisticsColumns)
      else
        show(statistics.callers, statistics.callers, [
          { title: 'Caller', value: (row) => (row.caller === '' ? '–' : row.caller) },
          { title: 'Requests', value: (row) => formatCount(row.requests), align: 'right' },
          { title: 'Errors', value: (row) => formatCount(row.errors), align: 'right' },
          { title: 'Limited', value: (row) => formatCount(row.limited), align: 'right' },
        ])
      return exitCodes.ok
    },
  }),
]
