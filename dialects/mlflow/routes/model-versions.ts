import { readLoggedModel, updateLoggedModel } from '@millrace/experiment-tracking'
import {
  deleteVersion,
  findVersions,
  moveStage,
  readVersion,
  registerCopy,
  registerVersion,
  updateVersion,
} from '@millrace/model-registry'
import type { ModelVersion } from '@millrace/model-registry/contract'
import { Problem } from '@millrace/contract'
import { z } from 'zod'
import { flag, optionalText, text } from '../wire/message.ts'
import { invalid, MlflowError } from '../wire/mlflow-error.ts'
import type { Call, Route } from '../wire/scope.ts'
import { route } from '../wire/scope.ts'
import { versionSource } from './model-version-source.ts'
import { versionGrammar } from './registry-filter.ts'
import { versionMessage } from './registry-messages.ts'
import { modelName, newTags, tagKey, tagValue, versionNumber } from './registry-names.ts'
import type { SearchForm } from './registry-search.ts'
import { searchOf } from './registry-search.ts'
import { stageOf } from './stages.ts'

/** `model-versions/…` */
export const modelVersionRoutes: readonly Route[] = [
  route('POST', 'model-versions/create', create),
  route('GET', 'model-versions/get', async (call) => ({ model_version: versionMessage(await readNamedVersion(call)) })),
  route('GET', 'model-versions/search', search),
  route('GET', 'model-versions/get-download-uri', async (call) => ({
    artifact_uri: await downloadUri(call, await readNamedVersion(call)),
  })),
  route('PATCH', 'model-versions/update', async (call) => {
    const { id } = await readNamedVersion(call)
    const description = optionalText(call.message, 'description') ?? ''
    return {
      model_version: versionMessage(await call.runtime.runner.act(updateVersion, { id, description }, call.context)),
    }
  }),
  route('POST', 'model-versions/transition-stage', transition),
  route('DELETE', 'model-versions/delete', async (call) => {
    const { id } = await readNamedVersion(call)
    return call.runtime.runner.act(deleteVersion, { id, withAliases: true }, call.context)
  }),
  route('POST', 'model-versions/set-tag', (call) => {
    const key = tagKey(text(call.message, 'key'))
    return setTag(call, key, tagValue(key, optionalText(call.message, 'value') ?? ''))
  }),
  route('DELETE', 'model-versions/delete-tag', (call) => setTag(call, tagKey(text(call.message, 'key')), null)),
]

const versionSearch: SearchForm = {
  grammar: versionGrammar,
  defaultResults: 200_000,
  maximumResults: 200_000,
  orders: {
    name: 'name',
    version_number: 'version',
    creation_timestamp: 'createdAtMs',
    last_updated_timestamp: 'updatedAtMs',
  },
  orderKeys: "{'name', 'version_number', 'creation_timestamp', 'last_updated_timestamp'}",
}

/** The version a request names. Throws MLflow's sentence, which says a missing model and a missing version alike. */
export async function readNamedVersion({ runtime, context, message }: Call): Promise<ModelVersion> {
  const [name, version] = [modelName(message), versionNumber(message)]
  const absent = () =>
    new MlflowError('RESOURCE_DOES_NOT_EXIST', `Model Version (name=${name}, version=${version}) not found`)
  if (version < 1) throw absent()
  try {
    return await runtime.runner.ask(readVersion, { name, version }, context)
  } catch (error) {
    throw error instanceof Problem && error.status === 404 ? absent() : error
  }
}

async function setTag(call: Call, key: string, value: string | null) {
  const { id } = await readNamedVersion(call)
  await call.runtime.runner.act(updateVersion, { id, tags: { [key]: value } }, call.context)
  return {}
}

async function create(call: Call) {
  const { runtime, context, message } = call
  const [name, address, tags] = [modelName(message), text(message, 'source'), newTags(message)]
  const source = await versionSource(call, address, tags['mlflow.prompt.is_prompt']?.toLowerCase() === 'true')
  const { copiedFrom, ...files } = source
  const told = {
    name,
    ...files,
    runLink: optionalText(message, 'run_link') ?? '',
    description: optionalText(message, 'description') ?? '',
    tags,
    unverified: true,
  }
  const version =
    copiedFrom === undefined
      ? await runtime.runner.act(registerVersion, told, context)
      : await runtime.runner.act(registerCopy, { ...told, copiedFrom }, context)
  if (source.loggedModelId !== undefined) await nameVersion(call, source.loggedModelId, version)
  return { model_version: versionMessage(version) }
}

const Named = z.array(z.object({ name: z.string(), version: z.union([z.string(), z.int()]) }))

/** Clients read from a logged model's tag which versions were made of it. */
async function nameVersion({ runtime, context }: Call, id: string, { model, version }: ModelVersion): Promise<void> {
  const logged = await runtime.runner.ask(readLoggedModel, { id }, context)
  const known = Named.safeParse(jsonOf(logged.tags['mlflow.modelVersions']))
  const others = known.success ? known.data : []
  const same = others.some((other) => other.name === model && String(other.version) === String(version))
  if (same) return
  // With spaces, as MLflow's server writes it.
  const all = [...others, { name: model, version }].map((one) => {
    return `{"name": ${JSON.stringify(one.name)}, "version": ${JSON.stringify(one.version)}}`
  })
  const value = `[${all.join(', ')}]`
  await runtime.runner.act(updateLoggedModel, { id, tags: { 'mlflow.modelVersions': value } }, context)
}

function jsonOf(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '')
  } catch {
    return undefined
  }
}

async function transition(call: Call) {
  const { runtime, context, message } = call
  const told = text(message, 'stage')
  const [stage, archiveExisting] = [stageOf(told), flag(message, 'archive_existing_versions') ?? false]
  if (archiveExisting && stage !== 'Staging' && stage !== 'Production')
    throw invalid(
      `Model version transition cannot archive existing model versions because '${told}' is not an Active stage. Valid stages are ['Staging', 'Production']`,
    )
  const { id } = await readNamedVersion(call)
  const version = await runtime.runner.act(moveStage, { id, stage, archiveExisting }, context)
  return { model_version: versionMessage(version) }
}

/** Where a client finds the files: a logged model's own place, else where the version was said to lie. */
async function downloadUri({ runtime, context }: Call, version: ModelVersion): Promise<string> {
  if (version.storageUri !== null) return version.storageUri
  if (version.loggedModelId === null) return version.source
  const path = version.artifactPath === '' ? '' : `/${version.artifactPath}`
  return `${(await runtime.runner.ask(readLoggedModel, { id: version.loggedModelId }, context)).artifactRoot}${path}`
}

async function search({ runtime, context, message }: Call) {
  const { items, nextPageToken } = await runtime.runner.ask(findVersions, searchOf(message, versionSearch), context)
  const versions = items.map((version) => versionMessage(version, false))
  return { model_versions: versions.length === 0 ? undefined : versions, next_page_token: nextPageToken }
}
