import {
  deleteModel,
  deleteVersion,
  listModels,
  listVersions,
  moveAlias,
  putModel,
  readModel,
  readVersion,
  removeAlias,
  renameModel,
  resolveModelVersion,
} from '@millrace/model-registry'
import type { RegisteredModel } from '@millrace/model-registry/contract'
import { registeredModelMessage, versionMessage } from '../wire/entities.ts'
import type { Message } from '../wire/message.ts'
import { integer, optionalText, pairs, text } from '../wire/message.ts'
import { invalid } from '../wire/mlflow-error.ts'
import { pageToken } from '../wire/page-token.ts'
import type { Call, Route } from '../wire/scope.ts'
import { route } from '../wire/scope.ts'

/** `registered-models/…` */
export const registryRoutes: readonly Route[] = [
  route('POST', 'registered-models/create', create),
  route('GET', 'registered-models/get', async (call) => ({ registered_model: await whole(call, await read(call)) })),
  route('GET', 'registered-models/search', search),
  route('POST', 'registered-models/rename', async (call) => {
    const newName = text(call.message, 'new_name')
    const model = await call.runtime.runner.act(renameModel, { name: nameOf(call.message), newName }, call.context)
    return { registered_model: await whole(call, model) }
  }),
  route('PATCH', 'registered-models/update', async (call) => {
    const model = await changeSpec(call, { description: optionalText(call.message, 'description') ?? '' })
    return { registered_model: await whole(call, model) }
  }),
  route('DELETE', 'registered-models/delete', remove),
  route('POST', 'registered-models/get-latest-versions', latest),
  route('GET', 'registered-models/get-latest-versions', latest),
  route('POST', 'registered-models/set-tag', (call) => setTag(call, optionalText(call.message, 'value') ?? '')),
  route('DELETE', 'registered-models/delete-tag', (call) => setTag(call, null)),
  route('POST', 'registered-models/alias', async ({ runtime, context, message }) => {
    const wanted = { name: nameOf(message), alias: text(message, 'alias'), version: integer(message, 'version') }
    await runtime.runner.act(moveAlias, wanted, context)
    return {}
  }),
  route('DELETE', 'registered-models/alias', async (call) => {
    const { runtime, context, message } = call
    const [model, alias] = [await read(call), text(message, 'alias')]
    if (model.aliases[alias] !== undefined) await runtime.runner.act(removeAlias, { name: model.name, alias }, context)
    return {}
  }),
  route('GET', 'registered-models/alias', async ({ runtime, context, message }) => {
    const reference = `models:/${nameOf(message)}@${text(message, 'alias')}`
    return { model_version: versionMessage(await runtime.runner.ask(resolveModelVersion, { reference }, context)) }
  }),
]

/** The model a request names. */
export function nameOf(message: Message): string {
  return text(message, 'name')
}

function read({ runtime, context, message }: Call): Promise<RegisteredModel> {
  return runtime.runner.ask(readModel, { name: nameOf(message) }, context)
}

async function create({ runtime, context, message }: Call) {
  const name = nameOf(message)
  const model = await runtime.runner.act(
    putModel,
    { name, description: optionalText(message, 'description') ?? '', tags: pairs(message, 'tags'), onlyNew: true },
    context,
  )
  return { registered_model: registeredModelMessage(model) }
}

async function whole({ runtime, context }: Call, model: RegisteredModel) {
  if (model.latestVersion === null) return registeredModelMessage(model)
  const version = await runtime.runner.ask(readVersion, { name: model.name, version: model.latestVersion }, context)
  return registeredModelMessage(model, [version])
}

async function changeSpec(
  { runtime, context, message }: Call,
  change: { description?: string; tags?: Record<string, string> },
) {
  const { spec, name } = await runtime.runner.ask(readModel, { name: nameOf(message) }, context)
  return runtime.runner.act(putModel, { ...spec, ...change, name }, context)
}

async function setTag(call: Call, value: string | null) {
  const key = text(call.message, 'key')
  const { [key]: _old, ...others } = (await read(call)).spec.tags
  await changeSpec(call, { tags: value === null ? others : { ...others, [key]: value } })
  return {}
}

/** MLflow deletes a model with its versions; each is asked for, so a version that is held keeps the model. */
async function remove({ runtime, context, message }: Call) {
  const name = nameOf(message)
  for (;;) {
    const { items } = await runtime.runner.ask(listVersions, { name, limit: 100 }, context)
    for (const version of items) {
      for (const alias of version.aliases) await runtime.runner.act(removeAlias, { name, alias }, context)
      await runtime.runner.act(deleteVersion, { id: version.id }, context)
    }
    if (items.length === 0) return runtime.runner.act(deleteModel, { name }, context)
  }
}

async function latest({ runtime, context, message }: Call) {
  const { items } = await runtime.runner.ask(listVersions, { name: nameOf(message), limit: 1 }, context)
  return { model_versions: items.length === 0 ? undefined : items.map((version) => versionMessage(version)) }
}

/** By `name = '…'` or `name LIKE '…%'`, or all. */
async function search(call: Call) {
  const { runtime, context, message } = call
  const filter = optionalText(message, 'filter') ?? ''
  const match = /^\s*name\s*(=|I?LIKE)\s*'((?:[^']|'')*)'\s*$/i.exec(filter)
  if (filter.trim() !== '' && match === null)
    throw invalid(`Invalid clause(s) in filter string: '${filter.slice(0, 200)}'. Registered models are found by name.`)
  const { items, nextPageToken } = await runtime.runner.ask(
    listModels,
    { limit: 100, ...pageToken(optionalText(message, 'page_token')) },
    context,
  )
  const found = items.filter(
    (model) => match === null || matches(model.name, match[1] ?? '', (match[2] ?? '').replaceAll("''", "'")),
  )
  const models = await Promise.all(found.map((model) => whole(call, model)))
  return { registered_models: models.length === 0 ? undefined : models, next_page_token: nextPageToken }
}

function matches(name: string, comparator: string, pattern: string): boolean {
  if (comparator === '=') return name === pattern
  const source = pattern
    .replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll('%', '.*')
    .replaceAll('_', '.')
  return new RegExp(`^${source}$`, comparator.toUpperCase() === 'ILIKE' ? 'is' : 's').test(name)
}
