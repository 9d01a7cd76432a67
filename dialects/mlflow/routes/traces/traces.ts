import { setTimeout as sleep } from 'node:timers/promises'
import { deleteTraces, linkTraces, readTraces, searchTraces, startTrace, tagTrace } from '@millrace/traces'
import type { Span, Trace } from '@millrace/traces/contract'
import type { Message } from '../../wire/message.ts'
import {
  flag,
  inner,
  messages,
  missing,
  optionalInteger,
  optionalText,
  text,
  texts,
  wrong,
} from '../../wire/message.ts'
import { invalid, MlflowError } from '../../wire/mlflow-error.ts'
import { pageToken } from '../../wire/page-token.ts'
import type { Call, Route } from '../../wire/scope.ts'
import { route } from '../../wire/scope.ts'
import { readAssessment, textMap } from './assessment-messages.ts'
import { optionalDuration, optionalTime } from './times.ts'
import { traceInfo, traceText } from './trace-messages.ts'

const since = 3

/** `traces/…` of version 3, and what both versions have. */
export const traceRoutes: readonly Route[] = [
  route('POST', 'traces', start, { since }),
  route('GET', 'traces/get', getWhole, { since }),
  route('GET', 'traces/batchGet', batchGet, { since }),
  route('POST', 'traces/batchGetInfos', batchGetInfos, { since }),
  route('POST', 'traces/search', search, { since }),
  route(
    'GET',
    'traces/{trace_id}',
    async (call) => {
      const { trace } = await find(call, text(call.message, 'trace_id'), false)
      return { trace: { trace_info: traceInfo(trace) } }
    },
    { since },
  ),
  route('PATCH', 'traces/{trace_id}/tags', (call) => setTag(call, 'trace_id'), { since }),
  route('DELETE', 'traces/{trace_id}/tags', (call) => deleteTag(call, 'trace_id'), { since }),
  route('PATCH', 'traces/{request_id}/tags', (call) => setTag(call, 'request_id'), { since: 2 }),
  route('DELETE', 'traces/{request_id}/tags', (call) => deleteTag(call, 'request_id'), { since: 2 }),
  route('POST', 'traces/delete-traces', remove, { since: [2, 3] }),
  route('POST', 'traces/link-to-run', linkToRun, { since: 2 }),
  route('POST', 'traces/link-prompts', linkPrompts, { since: 2 }),
]

const traceStates: Readonly<Record<string, Trace['state']>> = {
  OK: 'ok',
  ERROR: 'error',
  IN_PROGRESS: 'in_progress',
  STATE_UNSPECIFIED: 'unspecified',
  '1': 'ok',
  '2': 'error',
  '3': 'in_progress',
  '0': 'unspecified',
}

async function start({ runtime, context, message }: Call) {
  if (message['trace'] === undefined || message['trace'] === null) throw missing('trace')
  const info = inner(inner(message, 'trace'), 'trace_info')
  const clientRequestId = optionalText(info, 'client_request_id')
  const requestPreview = optionalText(info, 'request_preview')
  const responsePreview = optionalText(info, 'response_preview')
  const trace = await runtime.runner.ingest(
    startTrace,
    {
      id: text(info, 'trace_id'),
      experimentId: experimentOf(info),
      startedAtMs: optionalTime(info, 'request_time') ?? 0,
      durationMs: optionalDuration(info, 'execution_duration') ?? null,
      state: stateOf(info),
      tags: cutTags(textMap(info, 'tags')),
      metadata: textMap(info, 'trace_metadata'),
      assessments: messages(info, 'assessments').map(readAssessment),
      ...(clientRequestId === undefined ? {} : { clientRequestId }),
      ...(requestPreview === undefined ? {} : { requestPreview }),
      ...(responsePreview === undefined ? {} : { responsePreview }),
    },
    context,
  )
  return { trace: { trace_info: traceInfo(trace) } }
}

function experimentOf(info: Message): string {
  return experimentNumber(text(inner(inner(info, 'trace_location'), 'mlflow_experiment'), 'experiment_id'))
}

/** Throws MLflow's sentence for an id that is no number. */
export function experimentNumber(id: string): string {
  if (/^\d{1,15}$/.test(id)) return id
  throw invalid(`Invalid experiment ID '${id.slice(0, 100)}'. Experiment ID must be a valid integer.`)
}

function stateOf(info: Message): Trace['state'] {
  const wanted = info['state']
  if (wanted === undefined || wanted === null) return 'unspecified'
  const state = typeof wanted === 'string' || typeof wanted === 'number' ? traceStates[wanted] : undefined
  if (state === undefined) throw wrong('state', wanted)
  return state
}

function cutTags(tags: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).map(([key, value]) => [key, value.slice(0, 8000)]))
}

/** A trace, with its spans where they are asked for. Throws MLflow's sentences. */
export async function find(
  { runtime, context }: Pick<Call, 'runtime' | 'context'>,
  id: string,
  spans: boolean,
): Promise<{ trace: Trace; spans: readonly Span[] }> {
  const { items } = await runtime.runner.ask(readTraces, { ids: [id], spans }, context)
  const [found] = items
  if (found !== undefined) return found
  throw new MlflowError(
    'RESOURCE_DOES_NOT_EXIST',
    spans ? `Trace with ID ${id} is not found.` : `Trace with ID '${id}' not found.`,
  )
}

/** True when as many spans have come as the client says the trace has. */
function isComplete({ trace, spans }: { trace: Trace; spans: readonly Span[] }): boolean {
  if (spans.length === 0) return false
  const stats = trace.metadata['mlflow.trace.sizeStats']
  const wanted = stats === undefined ? undefined : /"num_spans"\s*:\s*(\d+)/.exec(stats)?.[1]
  return wanted === undefined || spans.length >= Number(wanted)
}

/** Spans may come a moment after the trace they belong to. */
const waitsMs = [100, 400, 1000]

async function getWhole(call: Call): Promise<Buffer> {
  const id = text(call.message, 'trace_id')
  const allowPartial = flag(call.message, 'allow_partial') ?? false
  for (const waitMs of [...waitsMs, undefined]) {
    const found = await find(call, id, true)
    if (allowPartial || isComplete(found)) return Buffer.from(`{"trace":${traceText(found.trace, found.spans)}}`)
    if (waitMs !== undefined) await sleep(waitMs)
  }
  throw new MlflowError(
    'RESOURCE_DOES_NOT_EXIST',
    `Trace with ID ${id} is not fully exported yet, please try again later.`,
  )
}

/** The traces whose spans have all come. */
async function batchGet(call: Call): Promise<Buffer> {
  const found = (await several(call, true)).filter(isComplete)
  if (found.length === 0) return Buffer.from('{}')
  return Buffer.from(`{"traces":[${found.map(({ trace, spans }) => traceText(trace, spans)).join(',')}]}`)
}

async function batchGetInfos(call: Call) {
  const found = await several(call, false)
  return { trace_infos: found.length === 0 ? undefined : found.map(({ trace }) => traceInfo(trace)) }
}

async function several({ runtime, context, message }: Call, spans: boolean) {
  const ids = texts(message, 'trace_ids')
  if (ids.length === 0) throw missing('trace_ids')
  const experiments = message['experiment_ids'] === undefined ? undefined : texts(message, 'experiment_ids')
  const { items } = await runtime.runner.ask(readTraces, { ids, spans }, context)
  return items.filter(({ trace }) => experiments === undefined || experiments.includes(trace.experimentId))
}

async function search({ runtime, context, message }: Call) {
  if (message['locations'] === undefined) throw missing('locations')
  const ids = messages(message, 'locations').map((location) =>
    optionalText(inner(location, 'mlflow_experiment'), 'experiment_id'),
  )
  const { items, nextPageToken } = await runtime.runner.ask(
    searchTraces,
    {
      experiment: ids.flatMap((id) => (id === undefined ? [] : [`#${experimentNumber(id)}`])),
      ...searchOf(message),
    },
    context,
  )
  return { traces: items.length === 0 ? undefined : items.map(traceInfo), next_page_token: nextPageToken }
}

/** What both versions' searches have in common. */
export function searchOf(message: Message) {
  const limit = optionalInteger(message, 'max_results') ?? 100
  if (limit > 500) throw wrong('max_results', limit)
  if (limit < 1)
    throw invalid(`Invalid value ${limit} for parameter 'max_results' supplied. It must be a positive integer`)
  return {
    filter: optionalText(message, 'filter') ?? '',
    orderBy: texts(message, 'order_by'),
    limit,
    ...pageToken(optionalText(message, 'page_token')),
  }
}

const keyLength = 250

async function setTag({ runtime, context, message }: Call, name: 'trace_id' | 'request_id') {
  const key = text(message, 'key')
  if (key.length > keyLength) throw invalid(`'key' exceeds the maximum length of ${keyLength} characters`)
  const value = (optionalText(message, 'value') ?? '').slice(0, 8000)
  await runtime.runner.ingest(tagTrace, { id: text(message, name), tags: { [key]: value } }, context)
  return {}
}

async function deleteTag({ runtime, context, message }: Call, name: 'trace_id' | 'request_id') {
  await runtime.runner.ingest(tagTrace, { id: text(message, name), tags: { [text(message, 'key')]: null } }, context)
  return {}
}

async function remove({ runtime, context, message }: Call) {
  const beforeMs = optionalInteger(message, 'max_timestamp_millis')
  const limit = optionalInteger(message, 'max_traces')
  const { deleted } = await runtime.runner.act(
    deleteTraces,
    {
      experimentId: experimentNumber(text(message, 'experiment_id')),
      ids: texts(message, 'request_ids'),
      ...(beforeMs === undefined ? {} : { beforeMs }),
      ...(limit === undefined ? {} : { limit }),
    },
    context,
  )
  return { traces_deleted: deleted }
}

async function linkToRun({ runtime, context, message }: Call) {
  const ids = texts(message, 'trace_ids')
  const runId = text(message, 'run_id')
  if (ids.length === 0) throw missing('trace_ids')
  if (ids.length > 100) {
    throw invalid(`Cannot link more than 100 traces to a run in a single request. Provided ${ids.length} traces.`)
  }
  await runtime.runner.ingest(linkTraces, { ids, runId }, context)
  return {}
}

async function linkPrompts({ runtime, context, message }: Call) {
  const id = text(message, 'trace_id')
  const prompts = messages(message, 'prompt_versions').map((one) => `${text(one, 'name')}/${text(one, 'version')}`)
  if (prompts.length === 0) throw missing('prompt_versions')
  await runtime.runner.ingest(linkTraces, { ids: [id], prompts }, context)
  return {}
}
