import { hostname } from 'node:os'
import type { EndpointView, PlaneDialect, PlaneView } from '@millrace/model-serving/plane'
import { text } from '../values/paths.ts'
import { refuseTorch, torchVersion } from './torchserve-answer.ts'

type Statistics = ReturnType<EndpointView['statistics']>[number]

interface Row {
  readonly labels: string
  readonly statistics: Statistics
}

/** TorchServe's metrics, for a port of their own: `GET /metrics` with its names, counted since this process started. */
export const torchserveMetrics: PlaneDialect = {
  name: 'torchserve-metrics',
  match: ({ method, path }) =>
    method === 'GET' && path === '/metrics'
      ? { kind: 'describe', answer: (view) => text(200, metricsOf(view), 'text/plain; version=0.0.4; charset=utf-8') }
      : undefined,
  refuse: refuseTorch,
}

const inUs = (durationNs: number) => durationNs / 1000

const perModel: readonly { readonly name: string; readonly help: string; readonly of: (all: Statistics) => number }[] =
  [
    {
      name: 'ts_inference_requests_total',
      help: 'Total number of inference requests.',
      of: ({ success, fail }) => success.count + fail.count,
    },
    {
      name: 'ts_inference_latency_microseconds',
      help: 'Cumulative inference duration in microseconds.',
      of: ({ success, fail }) => inUs(success.durationNs + fail.durationNs),
    },
    {
      name: 'ts_queue_latency_microseconds',
      help: 'Cumulative queue duration in microseconds.',
      of: ({ queue }) => inUs(queue.durationNs),
    },
  ]

function metricsOf(view: PlaneView): string {
  const rows = view.names.flatMap((name) => rowsOf(view, name))
  const families = perModel.map(({ name, help, of }) =>
    family(
      name,
      help,
      rows.map(({ labels, statistics }) => `${name}{${labels},hostname="${hostname()}"} ${of(statistics).toFixed(1)}`),
    ),
  )
  const host = `{Level="Host",Hostname="${hostname()}",}`
  const sum = (of: (all: Statistics) => number) => rows.reduce((total, { statistics }) => total + of(statistics), 0)
  const answered = sum(({ success }) => success.count).toFixed(1)
  const failed = sum(({ fail }) => fail.count).toFixed(1)
  return [
    ...families,
    family('Requests2XX', 'Requests that were answered.', [`Requests2XX${host} ${answered}`]),
    family('Requests5XX', 'Requests that failed.', [`Requests5XX${host} ${failed}`]),
  ].join('')
}

function family(name: string, help: string, lines: readonly string[]): string {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} counter`, ...lines, ''].join('\n')
}

function rowsOf(view: PlaneView, name: string): Row[] {
  const found = view.endpoint(name)
  return (found?.statistics() ?? []).map((statistics) => ({
    labels: `model_name="${name.replaceAll(/["\\\n]/g, '_')}",model_version="${torchVersion(statistics.version)}"`,
    statistics,
  }))
}
