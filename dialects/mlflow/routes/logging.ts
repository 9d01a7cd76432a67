import { logRun, readMetricHistory, updateRun } from '@millrace/experiment-tracking'
import type { Message } from '../wire/message.ts'
import { float, integer, messages, optionalInteger, optionalText, runId, text } from '../wire/message.ts'
import { invalid, MlflowError } from '../wire/mlflow-error.ts'
import { pageToken } from '../wire/page-token.ts'
import type { Call, Route } from '../wire/scope.ts'
import { route } from '../wire/scope.ts'

/** What runs log, and metrics read back. */
export const loggingRoutes: readonly Route[] = [
  route('POST', 'runs/log-metric', (call) =>
    log(call, { metrics: [metricOf(call.message, '')], params: [], tags: [] }),
  ),
  route('POST', 'runs/log-parameter', (call) =>
    log(call, { metrics: [], params: [pairOf(call.message, '')], tags: [] }),
  ),
  route('POST', 'runs/set-tag', (call) => log(call, { metrics: [], params: [], tags: [pairOf(call.message, '')] })),
  route('POST', 'runs/log-batch', (call) => log(call, batchOf(call.message))),
  route('GET', 'metrics/get-history', history),
]

type Pair = readonly [key: string, value: string]

interface Batch {
  readonly metrics: ReturnType<typeof metricOf>[]
  readonly params: readonly Pair[]
  readonly tags: readonly Pair[]
}

const limits = { metrics: 1000, params: 100, tags: 100, total: 1000 }

function batchOf(message: Message): Batch {
  const lists = {
    metrics: messages(message, 'metrics'),
    params: messages(message, 'params'),
    tags: messages(message, 'tags'),
  }
  for (const kind of ['metrics', 'params', 'tags'] as const) tooMany(kind, lists[kind].length, limits[kind])
  tooMany('metrics, params, and tags', lists.metrics.length + lists.params.length + lists.tags.length, limits.total)
  const params = lists.params.map((param, index) => pairOf(param, `params[${index}].`))
  const names = new Set(params.map(([key]) => key))
  if (names.size < params.length) {
    const doubled = params.map(([key]) => key).filter((key, index, all) => all.indexOf(key) !== index)
    throw invalid(
      `Duplicate parameter keys have been submitted: [${doubled.map((key) => `'${key}'`).join(', ')}]. Please ensure the request contains only one param value per param key.`,
    )
  }
  return {
    metrics: lists.metrics.map((metric, index) => metricOf(metric, `metrics[${index}].`)),
    params,
    tags: lists.tags.map((tag, index) => pairOf(tag, `tags[${index}].`)),
  }
}

function tooMany(what: string, found: number, limit: number): void {
  if (found <= limit) return
  throw invalid(
    `A batch logging request can contain at most ${limit} ${what}. Got ${found} ${what}. Please split up ${what} across multiple requests and try again.`,
  )
}

function metricOf(message: Message, at: string) {
  return within(at, () => ({
    key: keyOf(message),
    value: float(message, 'value'),
    timestampMs: integer(message, 'timestamp'),
    step: optionalInteger(message, 'step') ?? 0,
  }))
}

function pairOf(message: Message, at: string): Pair {
  return within(at, () => [keyOf(message), optionalText(message, 'value') ?? ''])
}

/** A complaint about a list's entry says which one. */
function within<T>(at: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (at === '' || !(error instanceof MlflowError)) throw error
    throw invalid(error.message.replace(/parameter '/, `parameter '${at}`))
  }
}

/** Keys become file names in MLflow, so they must be ones: no `..`, no absolute path, no doubled slash. */
function keyOf(message: Message): string {
  const key = text(message, 'key')
  if (key.length > 250) throw invalid(`'key' exceeds the maximum length of 250 characters`)
  if (!/^[/\w.\- :\p{L}\p{N}]*$/u.test(key)) {
    throw invalid(
      `Invalid value "${key}" for parameter 'key' supplied: Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/).`,
    )
  }
  if (key.split('/').some((part) => part === '' || part === '.' || part === '..')) {
    throw invalid(
      `Invalid value "${key}" for parameter 'key' supplied: Names may be treated as files in certain cases, and must not resolve to other names when treated as such. This name would resolve to another.`,
    )
  }
  return key
}

async function log({ runtime, context, message }: Call, batch: Batch) {
  const id = runId(message)
  const [params, tags] = [
    Object.fromEntries(batch.params.map(cut(6000))),
    Object.fromEntries(batch.tags.map(cut(8000))),
  ]
  await runtime.runner.ingest(logRun, { id, metrics: batch.metrics, params, tags }, context)
  // MLflow's clients rename a run by this tag.
  const name = tags['mlflow.runName']
  if (name !== undefined && name !== '') await runtime.runner.act(updateRun, { id, name }, context)
  return {}
}

/** MLflow cuts long values rather than refusing them. */
function cut(most: number): (pair: Pair) => Pair {
  return ([key, value]) => [key, value.slice(0, most)]
}

async function history({ runtime, context, message }: Call) {
  const key = text(message, 'metric_key')
  const limit = optionalInteger(message, 'max_results') ?? 1_000_000
  const token = pageToken(optionalText(message, 'page_token'))
  const { points, nextPageToken } = await runtime.runner.ask(
    readMetricHistory,
    { id: runId(message), key, order: 'time', limit, ...token },
    context,
  )
  const metrics = points.map(({ value, timestampMs, step }) => ({ key, value, timestamp: timestampMs, step }))
  return { metrics: metrics.length === 0 ? undefined : metrics, next_page_token: nextPageToken }
}
