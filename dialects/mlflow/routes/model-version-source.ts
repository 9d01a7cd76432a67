import { Problem } from '@millrace/contract'
import { readLoggedModel, readRun } from '@millrace/experiment-tracking'
import { readModel, resolveModelVersion } from '@millrace/model-registry'
import type { ModelVersion } from '@millrace/model-registry/contract'
import { optionalText } from '../wire/message.ts'
import { invalid } from '../wire/mlflow-error.ts'
import type { Call } from '../wire/scope.ts'
import { decodeWhole, isLocal, isOursByProxy, leadsAround, namesOtherHost, partBelow, schemeOf } from './source-uri.ts'

/** What a version stands on, as the registry takes it. */
export interface VersionSource {
  readonly source: string
  readonly storageUri?: string
  readonly runId?: string
  readonly loggedModelId?: string
  readonly artifactPath: string
  /** The version it is a copy of. */
  readonly copiedFrom?: ModelVersion['id']
}

/**
 * Reads and checks `source`, `run_id` and `model_id` of a new version: nothing may lead out of what they name, into this
 * machine's files or to a host that the operator did not allow. Throws MLflow's sentences.
 */
export async function versionSource(call: Call, source: string, isPrompt: boolean): Promise<VersionSource> {
  const { modelSourcePattern: pattern, artifactHostSchemes } = call.runtime.config
  if (pattern !== undefined && pattern !== '' && !new RegExp(pattern).test(source)) throw refused(source, '')
  if (isPrompt) return promptSource(source)
  const scheme = namesOtherHost(source, artifactHostSchemes)
  if (scheme !== undefined)
    throw invalid(
      `'source' cannot use the '${scheme}' scheme: the '${scheme}' scheme addresses a host other than the tracking server's configured artifact storage, so the server would connect to the host named in the URI. Set the MLFLOW_ALLOWED_HOST_ADDRESSED_ARTIFACT_SCHEMES environment variable on the server to allow it.`,
    )
  if (isLocal(source)) return localSource(call, source)
  if (leadsAround(source))
    throw refused(
      source,
      ' If supplying a source as an http, https, local file path, ftp, objectstore, or mlflow-artifacts uri, an absolute path must be provided without relative path references present. Please provide an absolute path.',
    )
  return remoteSource(call, source)
}

function promptSource(source: string): VersionSource {
  if (source === 'dummy-source' || source === 'prompt-template') return { source, storageUri: source, artifactPath: '' }
  throw invalid(`Invalid prompt source: '${source}'. Prompt sources must use an MLflow placeholder.`)
}

async function remoteSource(call: Call, source: string): Promise<VersionSource> {
  const [runId, modelId] = idsOf(call)
  const scheme = schemeOf(source)
  if (scheme === 'models') return modelsSource(call, source)
  if (scheme === 'runs') return runsSource(source, runId, modelId)
  if (isOursByProxy(source)) return ownedSource(call, source)
  return { source, storageUri: source, ...owners(runId, modelId), artifactPath: '' }
}

function runsSource(source: string, runId: string | undefined, modelId: string | undefined): VersionSource {
  const match = /^runs:\/([^/]+)(?:\/(.*))?$/.exec(source)
  if (modelId !== undefined) throw unowned(source, 'model_id')
  if (match === null || runId === undefined || match[1] !== runId) throw unowned(source, 'run_id')
  return { source, runId, artifactPath: pathOf(match[2]) }
}

async function modelsSource(call: Call, source: string): Promise<VersionSource> {
  const [runId, modelId] = idsOf(call)
  if (source.startsWith('models://')) {
    throw refused(source, ' Registered model sources must use the active model registry.')
  }
  const logged = /^models:\/(m-[\w-]+)(?:\/(.*))?$/.exec(source)
  if (logged !== null) {
    if (modelId === undefined || logged[1] !== modelId) throw unowned(source, 'model_id')
    // One that is not here is refused now: nobody could load what stands on it.
    await call.runtime.runner.ask(readLoggedModel, { id: modelId }, call.context)
    return { source, ...owners(runId, modelId), artifactPath: pathOf(logged[2]) }
  }
  return copySource(call, source)
}

/** A version of the registry: the new one stands on the same files. */
async function copySource(call: Call, source: string): Promise<VersionSource> {
  const { runtime, context } = call
  const name = /^models:\/([^/@]+)[/@]/.exec(source)?.[1]
  if (name === undefined) throw unowned(source, 'model_id')
  if ((await runtime.runner.ask(readModel, { name }, context)).kind === 'prompt')
    throw refused(source, ' Prompt versions cannot be used as model version sources.')
  const from = await runtime.runner.ask(resolveModelVersion, { reference: source }, context)
  if (differs(call, 'run_id', from.runId) || differs(call, 'model_id', from.loggedModelId))
    throw refused(source, ' The run_id and model_id request parameters must match the referenced model version.')
  const stored = from.storageUri ?? (from.loggedModelId === null ? from.source : null)
  return {
    source: `models:/${from.model}/${from.version}`,
    ...owners(from.runId, from.loggedModelId),
    ...(stored === null ? {} : { storageUri: stored }),
    artifactPath: from.artifactPath,
    copiedFrom: from.id,
  }
}

/** True where the request names another run or model than the version has. */
function differs({ message }: Call, field: string, value: string | null): boolean {
  const told = optionalText(message, field)
  return told !== undefined && told !== (value ?? '')
}

/** An address of our own artifacts: below the run or the logged model that the request names. */
async function ownedSource(call: Call, source: string): Promise<VersionSource> {
  const [runId, modelId] = idsOf(call)
  const field = modelId === undefined ? 'run_id' : 'model_id'
  const root = await rootOf(call, runId, modelId)
  const path = root === undefined ? undefined : partBelow(source, root)
  if (path === undefined) throw unowned(source, field)
  return { source, ...owners(runId, modelId), artifactPath: path }
}

/** A folder of this machine: only below the artifacts of the run or logged model, where those lie in such a folder. */
async function localSource(call: Call, source: string): Promise<VersionSource> {
  const [runId, modelId] = idsOf(call)
  const [field, owner] = modelId === undefined ? ['run_id', 'run'] : ['model_id', 'run']
  const root = await rootOf(call, runId, modelId)
  const path = root === undefined || !isLocal(root) || leadsAround(source) ? undefined : partBelow(source, root)
  if (path !== undefined) return { source, ...owners(runId, modelId), artifactPath: path }
  throw refused(
    source,
    ` To use a local path as a model version source, the ${field} request parameter has to be specified and the local path has to be contained within the artifact directory of the ${owner} specified by the ${field}.`,
  )
}

async function rootOf({ runtime, context }: Call, runId: string | undefined, modelId: string | undefined) {
  try {
    if (modelId !== undefined) return (await runtime.runner.ask(readLoggedModel, { id: modelId }, context)).artifactRoot
    if (runId !== undefined) return (await runtime.runner.ask(readRun, { id: runId }, context)).artifactRoot
    return undefined
  } catch (error) {
    if (error instanceof Problem && (error.status === 404 || error.status === 400)) return undefined
    throw error
  }
}

function idsOf({ message }: Call): [string | undefined, string | undefined] {
  const given = (name: string) => {
    const text = optionalText(message, name)
    return text === '' ? undefined : text
  }
  return [given('run_id'), given('model_id')]
}

function owners(runId: string | null | undefined, loggedModelId: string | null | undefined) {
  const given = (id: string | null | undefined): id is string => id !== undefined && id !== null
  const run = given(runId) ? { runId } : {}
  return given(loggedModelId) ? { ...run, loggedModelId } : run
}

function pathOf(text: string | undefined): string {
  return decodeWhole(text ?? '')
    .replaceAll(/\/+/g, '/')
    .replace(/\/$/, '')
}

function unowned(source: string, field: string): Error {
  return refused(source, ` The ${field} request parameter must identify the resource that contains the source.`)
}

function refused(source: string, why: string): Error {
  return invalid(`Invalid model version source: '${source}'.${why}`)
}
