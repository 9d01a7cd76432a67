import { fingerprintOf } from '../fingerprint.ts'
import { SeriesGatherer } from '../series-gatherer.ts'
import type { RunPoints, SourceData, SourceRun } from '../source.ts'
import { firstText, statusOf, textOf, timeOf, valueOf, wholeOf } from '../words.ts'
import type { Message, RestClient } from './rest-client.ts'
import { listOf, objectOf, pairsOf } from './rest-client.ts'

const pageLength = 500
/** Keys of metrics of the runs that were read last: their histories are asked for one by one. */
const metricKeys = new WeakMap<SourceRun, readonly string[]>()

/** Runs, active and deleted, experiment by experiment. */
export async function* readRuns(
  client: RestClient,
  experiments: ReadonlySet<string>,
): AsyncGenerator<readonly SourceRun[]> {
  for (const experiment of experiments) {
    let page: SourceRun[] = []
    const ask = (token: string) =>
      client.post('/api/2.0/mlflow/runs/search', {
        experiment_ids: [experiment],
        run_view_type: 'ALL',
        max_results: pageLength,
        order_by: ['attributes.start_time ASC'],
        ...(token === '' ? {} : { page_token: token }),
      })
    for await (const message of client.list('runs', ask)) {
      page.push(runOf(message))
      if (page.length < pageLength) continue
      yield page
      page = []
    }
    if (page.length > 0) yield page
  }
}

function runOf(message: Message): SourceRun {
  const [info, data] = [objectOf(message['info']), objectOf(message['data'])]
  const inputs = objectOf(message['inputs'])
  const tags = pairsOf(data['tags'])
  const metrics = listOf(data['metrics'])
  const [startedAtMs, endedAtMs] = [timeOf(info['start_time']), timeOf(info['end_time'])]
  const run: SourceRun = {
    id: textOf(info['run_id'] ?? info['run_uuid']),
    experimentId: textOf(info['experiment_id']),
    name: firstText(info['run_name'], tags['mlflow.runName']),
    status: statusOf(info['status']),
    startedAtMs,
    endedAtMs,
    user: textOf(info['user_id']),
    deletedAtMs: info['lifecycle_stage'] === 'deleted' ? (endedAtMs ?? startedAtMs ?? 0) : null,
    artifactUri: textOf(info['artifact_uri']),
    params: pairsOf(data['params']),
    tags,
    data: listOf(inputs['dataset_inputs']).map(dataOf),
    models: {
      inputs: listOf(inputs['model_inputs']).map((input) => textOf(input['model_id'])),
      outputs: listOf(objectOf(message['outputs'])['model_outputs']).map((output) => {
        return { modelId: textOf(output['model_id']), step: Number(output['step'] ?? 0) }
      }),
    },
    metricsMark: metrics.length === 0 ? '0' : fingerprintOf(metrics),
  }
  metricKeys.set(
    run,
    metrics.map((metric) => textOf(metric['key'])),
  )
  return run
}

function dataOf(input: Message): SourceData {
  const { name, digest, ...details } = objectOf(input['dataset'])
  const tags = listOf(input['tags'])
  const context = tags.find(({ key }) => key === 'mlflow.data.context')
  return {
    name: textOf(name),
    digest: textOf(digest),
    context: textOf(context?.['value']),
    details: { ...details, tags },
  }
}

/** The points of runs, metric by metric. */
export async function* readPoints(client: RestClient, runs: readonly SourceRun[]): AsyncGenerator<RunPoints> {
  const gatherer = new SeriesGatherer()
  for (const run of runs) {
    for (const key of metricKeys.get(run) ?? []) {
      const page = (token: string) =>
        client.get('/api/2.0/mlflow/metrics/get-history', [
          ['run_id', run.id],
          ['metric_key', key],
          ['max_results', '25000'],
          ...(token === '' ? [] : [['page_token', token] as const]),
        ])
      for await (const point of client.list('metrics', page)) {
        const full = gatherer.full(run.id)
        if (full !== undefined) yield full
        const [step, timeMs] = [wholeOf(point['step'] ?? 0), wholeOf(point['timestamp'] ?? 0)]
        gatherer.add(run.id, key, { step, timeMs, value: valueOf(point['value'] ?? 0) })
      }
    }
  }
  const rest = gatherer.rest()
  if (rest !== undefined) yield rest
}
