import { endTrace, readTraces, searchTraces, startTrace } from '@millrace/traces'
import type { Trace } from '@millrace/traces/contract'
import type { Message } from '../../wire/message.ts'
import { integer, pairs, text, texts, wrong } from '../../wire/message.ts'
import { MlflowError } from '../../wire/mlflow-error.ts'
import type { Call, Route } from '../../wire/scope.ts'
import { route } from '../../wire/scope.ts'
import { traceInfoV2 } from './trace-messages.ts'
import { experimentNumber, searchOf } from './traces.ts'

/** `traces/…` of version 2: a trace is started and ended, and its spans are files. */
export const traceV2Routes: readonly Route[] = [
  route('POST', 'traces', start),
  route('PATCH', 'traces/{request_id}', end),
  route('GET', 'traces/{request_id}/info', info),
  route('GET', 'traces', search),
]

async function start({ runtime, context, message }: Call) {
  const trace = await runtime.runner.ingest(
    startTrace,
    {
      experimentId: experimentNumber(text(message, 'experiment_id')),
      startedAtMs: integer(message, 'timestamp_ms'),
      state: 'in_progress',
      metadata: pairs(message, 'request_metadata'),
      tags: pairs(message, 'tags'),
      final: false,
    },
    context,
  )
  return { trace_info: traceInfoV2(trace) }
}

async function end({ runtime, context, message }: Call) {
  const trace = await runtime.runner.ingest(
    endTrace,
    {
      id: text(message, 'request_id'),
      endedAtMs: integer(message, 'timestamp_ms'),
      state: statusOf(message),
      metadata: pairs(message, 'request_metadata'),
      tags: pairs(message, 'tags'),
    },
    context,
  )
  return { trace_info: traceInfoV2(trace) }
}

const statuses: Readonly<Record<string, Trace['state']>> = {
  OK: 'ok',
  ERROR: 'error',
  IN_PROGRESS: 'in_progress',
  TRACE_STATUS_UNSPECIFIED: 'unspecified',
  '1': 'ok',
  '2': 'error',
  '3': 'in_progress',
  '0': 'unspecified',
}

function statusOf(message: Message): Trace['state'] {
  const wanted = message['status']
  const status = typeof wanted === 'string' || typeof wanted === 'number' ? statuses[wanted] : undefined
  if (status === undefined) throw wrong('status', wanted ?? '')
  return status
}

async function info({ runtime, context, message }: Call) {
  const id = text(message, 'request_id')
  const { items } = await runtime.runner.ask(readTraces, { ids: [id] }, context)
  const [found] = items
  if (found === undefined) throw new MlflowError('RESOURCE_DOES_NOT_EXIST', `Trace with ID '${id}' not found.`)
  return { trace_info: traceInfoV2(found.trace) }
}

async function search({ runtime, context, message }: Call) {
  const experiment = texts(message, 'experiment_ids').map((id) => `#${experimentNumber(id)}`)
  const { items, nextPageToken } = await runtime.runner.ask(searchTraces, { experiment, ...searchOf(message) }, context)
  return { traces: items.length === 0 ? undefined : items.map(traceInfoV2), next_page_token: nextPageToken }
}
