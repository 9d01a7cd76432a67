import { readLoggedModel, readRun } from '@millrace/experiment-tracking'
import {
  deleteVersion,
  readVersion,
  registerVersion,
  removeAlias,
  searchVersions,
  updateVersion,
} from '@millrace/model-registry'
import type { ModelVersion } from '@millrace/model-registry/contract'
import { versionMessage } from '../wire/entities.ts'
import { integer, optionalInteger, optionalText, pairs, text } from '../wire/message.ts'
import { invalid } from '../wire/mlflow-error.ts'
import { pageToken } from '../wire/page-token.ts'
import type { Call, Route } from '../wire/scope.ts'
import { route } from '../wire/scope.ts'
import { nameOf } from './registry.ts'

/** `model-versions/…` */
export const modelVersionRoutes: readonly Route[] = [
  route('POST', 'model-versions/create', create),
  route('GET', 'model-versions/get', async (call) => ({ model_version: versionMessage(await read(call)) })),
  route('GET', 'model-versions/search', search),
  route('GET', 'model-versions/get-download-uri', async (call) => ({
    artifact_uri: await downloadUri(call, await read(call)),
  })),
  route('PATCH', 'model-versions/update', async (call) => {
    const { id } = await read(call)
    const description = optionalText(call.message, 'description') ?? ''
    return {
      model_version: versionMessage(await call.runtime.runner.act(updateVersion, { id, description }, call.context)),
    }
  }),
  route('DELETE', 'model-versions/delete', async (call) => {
    const { runtime, context } = call
    const version = await read(call)
    for (const alias of version.aliases) await runtime.runner.act(removeAlias, { name: version.model, alias }, context)
    return runtime.runner.act(deleteVersion, { id: version.id }, context)
  }),
  route('POST', 'model-versions/set-tag', (call) => setTag(call, optionalText(call.message, 'value') ?? '')),
  route('DELETE', 'model-versions/delete-tag', (call) => setTag(call, null)),
]

function read({ runtime, context, message }: Call): Promise<ModelVersion> {
  return runtime.runner.ask(readVersion, { name: nameOf(message), version: integer(message, 'version') }, context)
}

async function setTag(call: Call, value: string | null) {
  const { id } = await read(call)
  await call.runtime.runner.act(updateVersion, { id, tags: { [text(call.message, 'key')]: value } }, call.context)
  return {}
}

async function create({ runtime, context, message }: Call) {
  const source = sourceOf(text(message, 'source'), optionalText(message, 'model_id'))
  const version = await runtime.runner.act(
    registerVersion,
    {
      name: nameOf(message),
      ...source,
      description: optionalText(message, 'description') ?? '',
      tags: pairs(message, 'tags'),
    },
    context,
  )
  return { model_version: versionMessage(version) }
}

interface Source {
  readonly runId?: string
  readonly loggedModelId?: string
  readonly artifactPath: string
}

// `models:/m-…/path`, `runs:/<run>/path`, and the addresses of our own artifacts.
const loggedModelSource = /^(?:models:\/(m-[\w-]+)|mlflow-artifacts:\/\d+\/models\/([\w-]+)\/artifacts)\/?(.*)$/
const runSource = /^(?:runs:\/([\w-]+)|mlflow-artifacts:\/\d+\/([\w-]+)\/artifacts)\/?(.*)$/

function sourceOf(source: string, modelId = ''): Source {
  if (modelId !== '') return { loggedModelId: modelId, artifactPath: '' }
  const logged = partsOf(loggedModelSource, source)
  if (logged !== undefined) return { loggedModelId: logged.id, artifactPath: logged.path }
  const run = partsOf(runSource, source)
  if (run !== undefined) return { runId: run.id, artifactPath: run.path }
  throw invalid(
    `Invalid model version source: '${source.slice(0, 300)}'. A version stands on files of this server: runs:/<run>/<path> or models:/<logged model>.`,
  )
}

function partsOf(form: RegExp, source: string): { id: string; path: string } | undefined {
  const match = form.exec(source)
  return match === null ? undefined : { id: match[1] ?? match[2] ?? '', path: match[3] ?? '' }
}

async function downloadUri({ runtime, context }: Call, version: ModelVersion): Promise<string> {
  const path = version.artifactPath === '' ? '' : `/${version.artifactPath}`
  if (version.loggedModelId !== null) {
    return `${(await runtime.runner.ask(readLoggedModel, { id: version.loggedModelId }, context)).artifactRoot}${path}`
  }
  return `${(await runtime.runner.ask(readRun, { id: version.runId ?? '' }, context)).artifactRoot}${path}`
}

/** By `name = '…'`, by `run_id = '…'`, or all. */
async function search({ runtime, context, message }: Call) {
  const limit = Math.min(optionalInteger(message, 'max_results') ?? 1000, 1000)
  const wanted = {
    ...filterOf(optionalText(message, 'filter') ?? ''),
    limit,
    ...pageToken(optionalText(message, 'page_token')),
  }
  const { items, nextPageToken } = await runtime.runner.ask(searchVersions, wanted, context)
  const versions = items.map((version) => versionMessage(version, false))
  return { model_versions: versions.length === 0 ? undefined : versions, next_page_token: nextPageToken }
}

function filterOf(filter: string): { model?: string; runId?: string } {
  if (filter.trim() === '') return {}
  const match = /^\s*(name|run_id)\s*=\s*'((?:[^']|'')*)'\s*$/i.exec(filter)
  const value = match?.[2]?.replaceAll("''", "'")
  if (value === undefined) {
    throw invalid(
      `Invalid clause(s) in filter string: '${filter.slice(0, 200)}'. Versions are found by name or run_id.`,
    )
  }
  return match?.[1]?.toLowerCase() === 'name' ? { model: value } : { runId: value }
}
