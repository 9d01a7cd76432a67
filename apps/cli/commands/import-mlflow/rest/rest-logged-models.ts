import { Problem } from '@millrace/contract'
import type { SourceLoggedModel } from '../source.ts'
import { modelStatusOf, textOf, textOrNull, timeOf, valueOf } from '../words.ts'
import type { Message, RestClient } from './rest-client.ts'
import { listOf, objectOf, pairsOf } from './rest-client.ts'

/** Logged models, experiment by experiment; none where the server is older than they are. The API shows no deleted ones. */
export async function* readLoggedModels(
  client: RestClient,
  experiments: ReadonlySet<string>,
): AsyncGenerator<readonly SourceLoggedModel[]> {
  for (const experiment of experiments) {
    let page: SourceLoggedModel[] = []
    const ask = (token: string) =>
      client.post('/api/2.0/mlflow/logged-models/search', {
        experiment_ids: [experiment],
        max_results: 50,
        ...(token === '' ? {} : { page_token: token }),
      })
    try {
      for await (const message of client.list('models', ask)) page.push(modelOf(message))
    } catch (error) {
      if (error instanceof Problem && error.status === 404) return
      throw error
    }
    for (; page.length > 0; page = page.slice(500)) yield page.slice(0, 500)
  }
}

function modelOf(message: Message): SourceLoggedModel {
  const [info, data] = [objectOf(message['info']), objectOf(message['data'])]
  return {
    id: textOf(info['model_id']),
    experimentId: textOf(info['experiment_id']),
    name: textOf(info['name']),
    runId: textOrNull(info['source_run_id']),
    status: modelStatusOf(info['status']),
    type: textOf(info['model_type']),
    params: pairsOf(data['params']),
    tags: pairsOf(info['tags']),
    metrics: listOf(data['metrics']).map((metric) => ({
      key: textOf(metric['key']),
      value: valueOf(metric['value']),
      step: Number(metric['step'] ?? 0),
      timestampMs: timeOf(metric['timestamp']) ?? 0,
      runId: textOf(metric['run_id']),
      datasetName: textOrNull(metric['dataset_name']),
      datasetDigest: textOrNull(metric['dataset_digest']),
    })),
    createdAtMs: timeOf(info['creation_timestamp_ms']) ?? 0,
    updatedAtMs: timeOf(info['last_updated_timestamp_ms']) ?? 0,
    isDeleted: false,
    artifactUri: textOf(info['artifact_uri']),
  }
}
