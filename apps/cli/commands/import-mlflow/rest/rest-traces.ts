import { Problem } from '@millrace/contract'
import { assessmentOf } from '../api-assessment.ts'
import { splitSpans } from '../spans-file.ts'
import type { SourceTrace } from '../source.ts'
import { stateOf, textOf, textOrNull, timeOf } from '../words.ts'
import { textsIn } from '../sql/sql-traces.ts'
import type { Message, RestClient } from './rest-client.ts'
import { listOf } from './rest-client.ts'

/** Traces by the API of version 3, which MLflow has since 3.0; none from an older server. */
export async function* readTraces(
  client: RestClient,
  experiments: ReadonlySet<string>,
): AsyncGenerator<readonly SourceTrace[]> {
  for (const experiment of experiments) {
    let page: SourceTrace[] = []
    const ask = (token: string) =>
      client.post('/api/3.0/mlflow/traces/search', {
        locations: [{ type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: experiment } }],
        max_results: 100,
        ...(token === '' ? {} : { page_token: token }),
      })
    try {
      for await (const info of client.list('traces', ask)) page.push(await traceOf(client, info, experiment))
    } catch (error) {
      if (error instanceof Problem && error.status === 404) return
      throw error
    }
    for (; page.length > 0; page = page.slice(100)) yield page.slice(0, 100)
  }
}

async function traceOf(client: RestClient, info: Message, experimentId: string): Promise<SourceTrace> {
  const id = textOf(info['trace_id'])
  return {
    id,
    experimentId,
    state: stateOf(info['state']),
    startedAtMs: timeOf(info['request_time']) ?? 0,
    durationMs: durationOf(info['execution_duration']),
    clientRequestId: textOrNull(info['client_request_id']),
    requestPreview: textOrNull(info['request_preview']),
    responsePreview: textOrNull(info['response_preview']),
    tags: textsIn(info['tags']),
    metadata: textsIn(info['trace_metadata']),
    runIds: [],
    assessments: listOf(info['assessments']).map(assessmentOf),
    spans: await spansOf(client, id),
  }
}

/** `1.5s` as milliseconds. */
function durationOf(value: unknown): number | null {
  const seconds = /^(\d+(?:\.\d+)?)s$/.exec(textOf(value))?.[1]
  return seconds === undefined ? null : Math.round(Number(seconds) * 1000)
}

/** As the file that the pages of MLflow read; it is there for every trace, wherever the spans are. */
async function spansOf(client: RestClient, id: string): Promise<string[]> {
  try {
    const parts: Uint8Array[] = []
    const path = '/ajax-api/3.0/mlflow/get-trace-artifact'
    for await (const part of await client.bytes(path, [['request_id', id]])) parts.push(part)
    return splitSpans(Buffer.concat(parts).toString('utf8'))
  } catch (error) {
    if (error instanceof Problem && error.status < 500) return []
    throw error
  }
}
