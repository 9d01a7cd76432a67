import {
  deleteModel,
  moveAlias,
  newestVersions,
  putModel,
  readModel,
  readVersion,
  removeAlias,
  renameModel,
  resolveModelVersion,
  searchModels,
  tagModel,
} from '@millrace/model-registry'
import type { ModelVersion, RegisteredModel, Stage } from '@millrace/model-registry/contract'
import { Problem } from '@millrace/contract'
import { optionalText, text, texts } from '../wire/message.ts'
import { MlflowError } from '../wire/mlflow-error.ts'
import type { Call, Route } from '../wire/scope.ts'
import { route } from '../wire/scope.ts'
import { readNamedVersion } from './model-versions.ts'
import { modelGrammar } from './registry-filter.ts'
import { registeredModelMessage, versionMessage } from './registry-messages.ts'
import { aliasOf, modelName, newAliasOf, newTags, tagKey, tagValue } from './registry-names.ts'
import type { SearchForm } from './registry-search.ts'
import { searchOf } from './registry-search.ts'
import { stageOf } from './stages.ts'

/** `registered-models/…` */
export const registryRoutes: readonly Route[] = [
  route('POST', 'registered-models/create', create),
  route('GET', 'registered-models/get', async (call) => ({ registered_model: await whole(call, await read(call)) })),
  route('GET', 'registered-models/search', search),
  route('POST', 'registered-models/rename', rename),
  route('PATCH', 'registered-models/update', update),
  route('DELETE', 'registered-models/delete', ({ runtime, context, message }) =>
    runtime.runner.act(deleteModel, { name: modelName(message), withVersions: true }, context),
  ),
  route('POST', 'registered-models/get-latest-versions', latest),
  route('GET', 'registered-models/get-latest-versions', latest),
  route('POST', 'registered-models/set-tag', (call) => {
    const key = tagKey(text(call.message, 'key'))
    return setTag(call, key, tagValue(key, optionalText(call.message, 'value') ?? ''))
  }),
  route('DELETE', 'registered-models/delete-tag', (call) => setTag(call, tagKey(text(call.message, 'key')), null)),
  route('POST', 'registered-models/alias', setAlias),
  route('DELETE', 'registered-models/alias', deleteAlias),
  route('GET', 'registered-models/alias', readAlias),
]

const modelSearch: SearchForm = {
  grammar: modelGrammar,
  defaultResults: 100,
  maximumResults: 1000,
  orders: { name: 'name', timestamp: 'updatedAtMs', last_updated_timestamp: 'updatedAtMs' },
  orderKeys: "{'name', 'timestamp'}",
}

function read({ runtime, context, message }: Call): Promise<RegisteredModel> {
  return runtime.runner.ask(readModel, { name: modelName(message) }, context)
}

async function create({ runtime, context, message }: Call) {
  const [name, tags] = [modelName(message), newTags(message)]
  const description = optionalText(message, 'description') ?? ''
  try {
    const model = await runtime.runner.act(putModel, { name, description, tags, onlyNew: true }, context)
    return { registered_model: registeredModelMessage(model) }
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'model-registry/model-exists') throw error
    const there = await runtime.runner.ask(readModel, { name }, context)
    throw nameTaken(name, there.kind, tags['mlflow.prompt.is_prompt']?.toLowerCase() === 'true' ? 'prompt' : 'model')
  }
}

function nameTaken(name: string, there: RegisteredModel['kind'], wanted: RegisteredModel['kind']): MlflowError {
  const words = { model: 'Registered Model', prompt: 'Prompt' } as const
  if (there === wanted)
    return new MlflowError('RESOURCE_ALREADY_EXISTS', `${words[wanted]} (name=${name}) already exists.`)
  const [one, other] = [words[wanted].toLowerCase(), words[there].toLowerCase()]
  return new MlflowError(
    'RESOURCE_ALREADY_EXISTS',
    `Tried to create a ${one} with name '${name}', but the name is already taken by a ${other}. MLflow does not allow creating a model and a prompt with the same name.`,
  )
}

async function whole(call: Call, model: RegisteredModel) {
  return registeredModelMessage(model, await newest(call, [model.name]))
}

async function newest({ runtime, context }: Call, models: string[], stages: Stage[] = []): Promise<ModelVersion[]> {
  return (await runtime.runner.ask(newestVersions, { models, stages }, context)).items
}

async function rename(call: Call) {
  const { runtime, context, message } = call
  const wanted = { name: modelName(message), newName: modelName(message, 'new_name') }
  return { registered_model: await whole(call, await runtime.runner.act(renameModel, wanted, context)) }
}

async function update(call: Call) {
  const { runtime, context, message } = call
  const { spec, name } = await read(call)
  const changed = { ...spec, name, description: optionalText(message, 'description') ?? '' }
  return { registered_model: await whole(call, await runtime.runner.act(putModel, changed, context)) }
}

async function setTag({ runtime, context, message }: Call, key: string, value: string | null) {
  await runtime.runner.act(tagModel, { name: modelName(message), tags: { [key]: value } }, context)
  return {}
}

async function latest(call: Call) {
  const model = await read(call)
  const stages = texts(call.message, 'stages').map(stageOf)
  const versions = await newest(call, [model.name], stages)
  return { model_versions: versions.length === 0 ? undefined : versions.map((version) => versionMessage(version)) }
}

async function search(call: Call) {
  const { runtime, context, message } = call
  const { items, nextPageToken } = await runtime.runner.ask(searchModels, searchOf(message, modelSearch), context)
  const versions = await newest(
    call,
    items.map((model) => model.name),
  )
  const byModel = Map.groupBy(versions, (version) => version.model)
  const models = items.map((model) => registeredModelMessage(model, byModel.get(model.name)))
  return { registered_models: models.length === 0 ? undefined : models, next_page_token: nextPageToken }
}

async function setAlias(call: Call) {
  const alias = newAliasOf(call.message)
  const { model: name, version } = await readNamedVersion(call)
  await call.runtime.runner.act(moveAlias, { name, alias, version }, call.context)
  return {}
}

async function deleteAlias(call: Call) {
  const alias = aliasOf(call.message)
  const { name, aliases } = await read(call)
  if (aliases[alias] !== undefined) await call.runtime.runner.act(removeAlias, { name, alias }, call.context)
  return {}
}

async function readAlias(call: Call) {
  const { runtime, context } = call
  const alias = aliasOf(call.message)
  const { name, latestVersion } = await read(call)
  if (alias.toLowerCase() === 'latest') {
    if (latestVersion === null)
      throw new MlflowError('RESOURCE_DOES_NOT_EXIST', `Latest version not found for model ${name}.`)
    return {
      model_version: versionMessage(await runtime.runner.ask(readVersion, { name, version: 'latest' }, context)),
    }
  }
  const reference = `models:/${name}@${alias}`
  return { model_version: versionMessage(await runtime.runner.ask(resolveModelVersion, { reference }, context)) }
}
