import {
  createLoggedModel,
  deleteLoggedModel,
  listArtifactFolder,
  readLoggedModel,
  searchLoggedModels,
  updateLoggedModel,
} from '@millrace/experiment-tracking'
import { safeFolder } from '../../wire/artifact-path.ts'
import { loggedModelMessage } from '../../wire/entities.ts'
import type { Message } from '../../wire/message.ts'
import {
  flag,
  messages,
  missing,
  optionalInteger,
  optionalText,
  pairs,
  text,
  texts,
  wrong,
} from '../../wire/message.ts'
import { invalid } from '../../wire/mlflow-error.ts'
import type { Call, Route } from '../../wire/scope.ts'
import { route } from '../../wire/scope.ts'
import { experimentRef } from './experiments.ts'

/** `logged-models/…` */
export const loggedModelRoutes: readonly Route[] = [
  route('POST', 'logged-models', create),
  route('POST', 'logged-models/search', search),
  route('GET', 'logged-models/{model_id}', async ({ runtime, context, message }) => {
    const withDeleted = flag(message, 'allow_deleted') ?? false
    const id = text(message, 'model_id')
    return { model: loggedModelMessage(await runtime.runner.ask(readLoggedModel, { id, withDeleted }, context)) }
  }),
  route('PATCH', 'logged-models/{model_id}', (call) => change(call, { status: statusOf(call.message) })),
  route('DELETE', 'logged-models/{model_id}', ({ runtime, context, message }) =>
    runtime.runner.act(deleteLoggedModel, { id: text(message, 'model_id') }, context),
  ),
  route('PATCH', 'logged-models/{model_id}/tags', (call) => change(call, { tags: pairs(call.message, 'tags') })),
  route('DELETE', 'logged-models/{model_id}/tags/{tag_key}', async (call) => {
    await change(call, { tags: { [text(call.message, 'tag_key')]: null } })
    return {}
  }),
  route('POST', 'logged-models/{model_id}/params', async (call) => {
    await change(call, { params: pairs(call.message, 'params') })
    return {}
  }),
  route('GET', 'logged-models/{model_id}/artifacts/directories', folder),
]

async function create({ runtime, context, message }: Call) {
  const experiment = experimentRef(text(message, 'experiment_id'))
  const name = optionalText(message, 'name')
  if (name !== undefined && /[/:.%"']/.test(name)) {
    throw invalid(
      `Invalid model name ('${name.slice(0, 200)}') provided. Model name must be a non-empty string and cannot contain the following characters: ('/', ':', '.', '%', '"', "'")`,
    )
  }
  const source = optionalText(message, 'source_run_id')
  const model = await runtime.runner.act(
    createLoggedModel,
    {
      experiment,
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
  if (wanted === undefined || wanted === null || wanted === '') throw missing('status')
  const status = typeof wanted === 'string' || typeof wanted === 'number' ? statuses[wanted] : undefined
  if (status === undefined) throw wrong('status', wanted)
  return status
}

async function search({ runtime, context, message }: Call) {
  const experiments = texts(message, 'experiment_ids').map(experimentRef)
  if (experiments.length === 0) throw missing('experiment_ids')
  const asked = questionOf(message)
  const offset = offsetOf(optionalText(message, 'page_token'), asked)
  const { items, nextPageToken } = await runtime.runner.ask(
    searchLoggedModels,
    {
      experiments,
      filter: optionalText(message, 'filter') ?? '',
      datasets: messages(message, 'datasets').map(datasetOf),
      orderBy: messages(message, 'order_by').map(orderOf),
      limit: Math.min(optionalInteger(message, 'max_results') || 50, 50_000),
      ...(offset === undefined ? {} : { pageToken: offset }),
    },
    context,
  )
  const models = items.map(loggedModelMessage)
  const token = nextPageToken === undefined ? undefined : btoa(JSON.stringify({ ...asked, at: nextPageToken }))
  return { models: models.length === 0 ? undefined : models, next_page_token: token }
}

/** What was asked, which a page token must agree with. */
function questionOf(message: Message) {
  return {
    experiment_ids: texts(message, 'experiment_ids'),
    filter_string: optionalText(message, 'filter') || null,
    order_by: messages(message, 'order_by'),
  }
}

const questions = {
  experiment_ids: 'Experiment IDs',
  filter_string: 'Filter string',
  order_by: 'Order by',
} as const

function offsetOf(token: string | undefined, asked: ReturnType<typeof questionOf>): string | undefined {
  if (token === undefined || token === '') return undefined
  const found = decoded(token)
  for (const [field, title] of Object.entries(questions)) {
    const [expected, seen] = [JSON.stringify(asked[field as keyof typeof questions]), JSON.stringify(found[field])]
    if (expected !== seen) {
      const name = title.charAt(0).toLowerCase() + title.slice(1)
      const verb = field === 'experiment_ids' ? 'do' : 'does'
      throw invalid(
        `${title} in the page token ${verb} not match the requested ${field === 'experiment_ids' ? 'experiment IDs' : name}. Expected: ${expected}. Found: ${seen ?? 'nothing'}`,
      )
    }
  }
  return typeof found['at'] === 'string' ? found['at'] : undefined
}

function decoded(token: string): Message {
  try {
    const value: unknown = JSON.parse(atob(token))
    if (typeof value === 'object' && value !== null) return { ...value }
  } catch {
    // What cannot be read is refused below.
  }
  throw invalid(`Invalid page token: ${token.slice(0, 200)}.`)
}

function datasetOf(message: Message) {
  const name = optionalText(message, 'dataset_name')
  if (name === undefined || name === '') throw invalid('`dataset_name` in the `datasets` clause must be specified.')
  const digest = optionalText(message, 'dataset_digest')
  return { name, ...(digest === undefined || digest === '' ? {} : { digest }) }
}

function orderOf(message: Message) {
  const datasetName = optionalText(message, 'dataset_name')
  const datasetDigest = optionalText(message, 'dataset_digest')
  return {
    field: text(message, 'field_name'),
    descending: !(flag(message, 'ascending') ?? true),
    ...(datasetName === undefined || datasetName === '' ? {} : { datasetName }),
    ...(datasetDigest === undefined || datasetDigest === '' ? {} : { datasetDigest }),
  }
}

/** A folder of a logged model's artifacts; paths are whole, from the model's root. */
async function folder({ runtime, context, message }: Call) {
  const id = text(message, 'model_id')
  const path = safeFolder(optionalText(message, 'artifact_directory_path') ?? '')
  const model = await runtime.runner.ask(readLoggedModel, { id }, context)
  const items = await listArtifactFolder(runtime, context, { owner: 'logged-model', id, path })
  const files = items.map((entry) => {
    return { path: entry.path, is_dir: entry.isFolder, file_size: entry.sizeBytes ?? undefined }
  })
  return { root_uri: model.artifactRoot, files: files.length === 0 ? undefined : files }
}
