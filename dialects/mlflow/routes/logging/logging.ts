import { Problem } from '@millrace/contract'
import { logModelMetrics, logRun, updateRun } from '@millrace/experiment-tracking'
import type { Message } from '../../wire/message.ts'
import { messages, optionalText, runId, text } from '../../wire/message.ts'
import { invalid } from '../../wire/mlflow-error.ts'
import type { Call, Route } from '../../wire/scope.ts'
import { route } from '../../wire/scope.ts'
import { within as notLonger } from '../../wire/names.ts'
import { checkKey, within } from './log-key.ts'
import type { LoggedMetrics } from './logged-metrics.ts'
import { metricsOf, noLoggedMetrics } from './logged-metrics.ts'

/** What runs log. */
export const loggingRoutes: readonly Route[] = [
  route('POST', 'runs/log-metric', (call) =>
    log(call, (message) => ({ metrics: metricsOf([message], () => ''), params: [], tags: [] })),
  ),
  route('POST', 'runs/log-parameter', (call) =>
    log(call, (message) => ({ metrics: noLoggedMetrics, params: [pairOf(message, '')], tags: [] })),
  ),
  route('POST', 'runs/set-tag', (call) =>
    log(call, (message) => ({ metrics: noLoggedMetrics, params: [], tags: [pairOf(message, '')] })),
  ),
  route('POST', 'runs/log-batch', (call) => log(call, batchOf, true)),
]

type Pair = readonly [key: string, value: string]

interface Batch {
  readonly metrics: LoggedMetrics
  readonly params: readonly Pair[]
  readonly tags: readonly Pair[]
}

const limits = { metrics: 1000, params: 100, tags: 100, total: 1000 }

function batchOf(message: Message): Batch {
  const lists = {
    metrics: listOf(message, 'metrics'),
    params: messages(message, 'params'),
    tags: messages(message, 'tags'),
  }
  for (const kind of ['metrics', 'params', 'tags'] as const) tooMany(kind, lists[kind].length, limits[kind])
  tooMany('metrics, params, and tags', lists.metrics.length + lists.params.length + lists.tags.length, limits.total)
  const metrics = metricsOf(lists.metrics, (index) => `metrics[${index}].`)
  const params = lists.params.map((param, index) => pairOf(param, `params[${index}].`))
  const names = new Set(params.map(([key]) => key))
  if (names.size < params.length) {
    const doubled = params.map(([key]) => key).filter((key, index, all) => all.indexOf(key) !== index)
    throw invalid(
      `Duplicate parameter keys have been submitted: [${doubled.map((key) => `'${key}'`).join(', ')}]. Please ensure the request contains only one param value per param key.`,
    )
  }
  return { metrics, params, tags: lists.tags.map((tag, index) => pairOf(tag, `tags[${index}].`)) }
}

/** A list of messages, of which every usual member is taken as it is: a schema would take long for a thousand. */
function listOf(message: Message, name: string): readonly Message[] {
  const list = message[name]
  return Array.isArray(list) && list.every(isMessage) ? list : messages(message, name)
}

function isMessage(value: unknown): value is Message {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function tooMany(what: string, found: number, limit: number): void {
  if (found <= limit) return
  throw invalid(
    `A batch logging request can contain at most ${limit} ${what}. Got ${found} ${what}. Please split up ${what} across multiple requests and try again.`,
  )
}

function pairOf(message: Message, at: string): Pair {
  return within(at, () => [checkKey(text(message, 'key'), 'key'), optionalText(message, 'value') ?? ''])
}

async function log({ runtime, context, message }: Call, read: (message: Message) => Batch, isBatch = false) {
  // MLflow complains of the run before it looks at what is logged.
  const id = runId(message)
  const batch = read(message)
  const { truncateLongValues } = runtime.config
  const params = textsOf(batch.params, 6000, truncateLongValues)
  const tags = textsOf(batch.tags, 8000, truncateLongValues)
  const { points, ofModels } = batch.metrics
  try {
    await runtime.runner.ingest(logRun, { id, metrics: points, params, tags }, context)
  } catch (error) {
    throw isBatch ? changedParams(error, id) : changedParam(error, id)
  }
  if (ofModels.length > 0) await runtime.runner.ingest(logModelMetrics, { id, metrics: [...ofModels] }, context)
  // MLflow's clients rename a run by this tag.
  const name = tags['mlflow.runName']
  if (name !== undefined && name !== '') await runtime.runner.act(updateRun, { id, name }, context)
  return {}
}

/** MLflow cuts long values rather than refusing them, unless the server was told otherwise. */
function textsOf(pairs: readonly Pair[], most: number, cuts: boolean): Record<string, string> {
  return Object.fromEntries(
    pairs.map(([key, value]) => [key, cuts ? value.slice(0, most) : notLonger(value, 'value', most)]),
  )
}

function changedParam(error: unknown, id: string): unknown {
  const change = changeIn(error)
  if (change === undefined) return error
  return invalid(
    `Changing param values is not allowed. Param with key='${change.key}' was already logged with value='${change.old}' for run ID='${id}'. Attempted logging new value '${change.new}'.`,
  )
}

function changedParams(error: unknown, id: string): unknown {
  const change = changeIn(error)
  if (change === undefined) return error
  return invalid(
    `Changing param values is not allowed. Params were already logged='[{'key': '${change.key}', 'old_value': '${change.old}', 'new_value': '${change.new}'}]' for run ID='${id}'.`,
  )
}

function changeIn(error: unknown): { key: string; old: string; new: string } | undefined {
  if (!(error instanceof Problem) || error.code !== 'experiment-tracking/param-changed') return undefined
  const { key, old, new: attempted } = error.params
  return { key: String(key), old: String(old), new: String(attempted) }
}
