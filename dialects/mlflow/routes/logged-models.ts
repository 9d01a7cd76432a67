import { createLoggedModel, listLoggedModels, readLoggedModel, updateLoggedModel } from '@millrace/experiment-tracking'
import { loggedModelMessage } from '../wire/entities.ts'
import type { Message } from '../wire/message.ts'
import { optionalInteger, optionalText, pairs, text, texts } from '../wire/message.ts'
import { invalid } from '../wire/mlflow-error.ts'
import { pageToken } from '../wire/page-token.ts'
import type { Call, Route } from '../wire/scope.ts'
import { route } from '../wire/scope.ts'

/** `logged-models/…` */
export const loggedModelRoutes: readonly Route[] = [
  route('POST', 'logged-models', create),
  route('POST', 'logged-models/search', search),
  route('GET', 'logged-models/:model_id', async ({ runtime, context, message }) => {
    return {
      model: loggedModelMessage(await runtime.runner.ask(readLoggedModel, { id: text(message, 'model_id') }, context)),
    }
  }),
  route('PATCH', 'logged-models/:model_id', async (call) => change(call, { status: statusOf(call.message) })),
  route('PATCH', 'logged-models/:model_id/tags', async (call) => change(call, { tags: pairs(call.message, 'tags') })),
  route('DELETE', 'logged-models/:model_id/tags/:tag_key', async (call) => {
    await change(call, { tags: { [text(call.message, 'tag_key')]: null } })
    return {}
  }),
  route('POST', 'logged-models/:model_id/params', async (call) => {
    await change(call, { params: pairs(call.message, 'params') })
    return {}
  }),
]

async function create({ runtime, context, message }: Call) {
  const name = optionalText(message, 'name')
  const source = optionalText(message, 'source_run_id')
  const model = await runtime.runner.act(
    createLoggedModel,
    {
      experiment: `#${text(message, 'experiment_id')}`,
      type: optionalText(message, 'model_type') ?? '',
      params: pairs(message, 'params'),
      tags: pairs(message, 'tags'),
      ...(name === undefined ? {} : { name }),
      ...(source === undefined || source === '' ? {} : { runId: source }),
    },
    context,
  )
  return { model: loggedModelMessage(model) }
}

interface Change {
  readonly status?: 'pending' | 'ready' | 'failed'
  readonly tags?: Record<string, string | null>
  readonly params?: Record<string, string>
}

async function change({ runtime, context, message }: Call, wanted: Change) {
  const id = text(message, 'model_id')
  return { model: loggedModelMessage(await runtime.runner.act(updateLoggedModel, { id, ...wanted }, context)) }
}

const statuses: Readonly<Record<string, 'pending' | 'ready' | 'failed'>> = {
  LOGGED_MODEL_PENDING: 'pending',
  LOGGED_MODEL_READY: 'ready',
  LOGGED_MODEL_UPLOAD_FAILED: 'failed',
  '1': 'pending',
  '2': 'ready',
  '3': 'failed',
}

function statusOf(message: Message): 'pending' | 'ready' | 'failed' {
  const wanted = message['status']
  const status = typeof wanted === 'string' || typeof wanted === 'number' ? statuses[wanted] : undefined
  if (status !== undefined) return status
  throw invalid(
    `Invalid value ${JSON.stringify(wanted)} for parameter 'status' supplied. Use LOGGED_MODEL_READY or LOGGED_MODEL_UPLOAD_FAILED.`,
  )
}

/** By experiment, and by `name = '…'`, which is what the client asks for when it downloads. */
async function search({ runtime, context, message }: Call) {
  const filter = optionalText(message, 'filter') ?? ''
  const name = /^\s*(?:attributes\.)?name\s*=\s*'((?:[^']|'')*)'\s*$/i.exec(filter)?.[1]
  if (filter.trim() !== '' && name === undefined)
    throw invalid(
      `Invalid clause(s) in filter string: '${filter.slice(0, 200)}'. Logged models are found by name = '…'.`,
    )
  const { items, nextPageToken } = await runtime.runner.ask(
    listLoggedModels,
    {
      experiments: texts(message, 'experiment_ids').map((id) => `#${id}`),
      limit: Math.min(optionalInteger(message, 'max_results') ?? 50, 1000),
      ...(name === undefined ? {} : { name: name.replaceAll("''", "'") }),
      ...pageToken(optionalText(message, 'page_token')),
    },
    context,
  )
  const models = items.map(loggedModelMessage)
  return { models: models.length === 0 ? undefined : models, next_page_token: nextPageToken }
}
