import { createHash } from 'node:crypto'
import type { InputOf } from '@millrace/contract'
import { canonicalJson, Problem, ref } from '@millrace/contract'
import type { ActionContext, LineageEdge } from '@millrace/kernel'
import { artifactRef, listArtifacts, findArtifact, readLoggedModel } from '@millrace/experiment-tracking'
import * as contract from '../contract.ts'
import type { ModelFile } from '../model/model-files.ts'
import { formatOf, modelFileOf } from '../model/model-files.ts'
import type { RegistryStore } from '../store/registry.ts'
import { action } from '../store/registry.ts'
import { findModel, findVersion } from './find-model.ts'
import { recordChange } from './record-change.ts'

const { problem } = contract
/** What registering is given. */
export type RegisterContext = ActionContext<
  RegistryStore,
  Omit<InputOf<typeof contract.registerVersion>, 'derivedFrom'>
>

/**
 * Registers a run's artifact as the next version. The files must be there, unless the caller asks to take the source as
 * it was told; what is there can from now on be neither replaced nor deleted with its run. Throws `model-not-found`,
 * `artifact-missing`.
 */
export const registerVersion = action(contract.registerVersion, async (context) => {
  const { derivedFrom } = context.input
  if (derivedFrom !== undefined) {
    await findVersion(context.store, derivedFrom)
    return register(context, derivedFrom, true)
  }
  return register(context, null, false)
})

/**
 * Registers a copy of a version that was looked up before: of this workspace, or of another one whose files were brought
 * here. The copy holds its files itself, so the original may go.
 */
export const registerCopy = action(contract.registerCopy, (context) =>
  register(context, context.input.copiedFrom, false),
)

async function register(context: RegisterContext, derivedFrom: contract.ModelVersionId | null, holdsParent: boolean) {
  const { store, input, nowMs } = context
  const model = await findModel(store, input.name)
  const source = await sourceOf(context)
  const files = source === undefined ? [] : await filesOf(context, source)
  const number = model.lastNumber + 1
  // The counter first: of two racing registrations one waits here, so numbers stay dense.
  await store.models.update(model.id, { last_version: number, updated_at_ms: nowMs })
  const version = versionOf(context, { model: model.name, number, source, files, derivedFrom })
  await store.versions.insert(model.id, version)
  if (source !== undefined) await holdFiles(context, version, source, files)
  if (holdsParent && derivedFrom !== null)
    await context.holds.place(ref('model-version', derivedFrom), ref('model-version', version.id), reasonOf(version))
  await recordChange(context, model.id, { kind: 'registered', version: number, to: number })
  const { id, runId, tags, description } = version
  return {
    answer: version,
    events: [
      contract.versionCreated({
        id,
        model: model.name,
        version: number,
        runId,
        kind: model.kind,
        source: version.source,
        tags,
        description,
      }),
    ],
    audit: { object: ref('model-version', id), after: version },
    edges: edgesOf(source === undefined ? { ...version, runId: null, loggedModelId: null } : version),
  }
}

/** What a version is put together from. */
export interface Found {
  readonly model: string
  readonly number: number
  readonly source: Source | undefined
  readonly files: readonly ModelFile[]
  readonly derivedFrom: contract.ModelVersionId | null
}

/** The version as it is when it is registered. */
export function versionOf({ input, actor, nowMs, newId }: RegisterContext, found: Found): contract.ModelVersion {
  const { source, files } = found
  const runId = source?.runId ?? input.runId ?? null
  const loggedModelId = input.loggedModelId ?? null
  return {
    id: newId('ver') as contract.ModelVersionId, // newId makes it of this kind
    model: found.model,
    version: found.number,
    state: 'ready',
    stage: 'None',
    approval: 'none',
    source: input.source ?? ownAddress(loggedModelId, runId, input.artifactPath),
    storageUri: input.storageUri ?? null,
    runLink: input.runLink,
    runId,
    loggedModelId,
    artifactPath: input.artifactPath,
    modelFile: modelFileOf(files),
    format: formatOf(files),
    digest: files.length === 0 ? '' : digestOf(input.artifactPath, files),
    sizeBytes: files.reduce((sum, file) => sum + file.sizeBytes, 0),
    signature: input.signature ?? null,
    description: input.description,
    aliases: [],
    tags: input.tags,
    derivedFrom: found.derivedFrom,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    createdBy: actor.name,
  }
}

function ownAddress(loggedModelId: string | null, runId: string | null, path: string): string {
  const from = loggedModelId === null ? `runs:/${runId ?? ''}` : `models:/${loggedModelId}`
  return path === '' ? from : `${from}/${path}`
}

/** Whose artifacts a version stands on. */
export interface Source {
  readonly owner: { readonly kind: 'run' | 'logged-model'; readonly id: string }
  readonly runId: string | null
}

/** Whose artifacts they are; undefined where the caller told of a run or model that is not here. */
export async function sourceOf(context: RegisterContext): Promise<Source | undefined> {
  const { input, ask } = context
  try {
    if (input.loggedModelId !== undefined) {
      const model = await ask(readLoggedModel, { id: input.loggedModelId })
      return { owner: { kind: 'logged-model', id: model.id }, runId: input.runId ?? model.runId }
    }
    if (input.runId !== undefined) {
      // A source elsewhere names no files of ours, though its run may be here.
      await ask(listArtifacts, { id: input.runId, owner: 'run', path: '', recursive: false })
      return { owner: { kind: 'run', id: input.runId }, runId: input.runId }
    }
  } catch (error) {
    if (!input.unverified || !isMissing(error)) throw error
    return undefined
  }
  if (input.unverified) return undefined
  throw problem['artifact-missing']({ path: input.artifactPath, source: 'No run was named, so it' })
}

/** The file that the path names, or the files of the folder. */
export async function filesOf({ input, ask }: RegisterContext, { owner }: Source): Promise<ModelFile[]> {
  const path = input.artifactPath
  if (input.storageUri !== undefined && path === '' && owner.kind === 'run') return []
  const { items } = await ask(listArtifacts, { id: owner.id, owner: owner.kind, path, recursive: true })
  if (items.length > 0)
    return items.map((item) => ({ path: item.path, digest: item.digest ?? '', sizeBytes: item.sizeBytes ?? 0 }))
  const one = path === '' ? undefined : await fileAt(ask, owner, path)
  if (one !== undefined) return [one]
  if (input.unverified) return []
  throw problem['artifact-missing']({ path, source: `The ${owner.kind.replace('-', ' ')} ${owner.id}` })
}

async function fileAt(
  ask: RegisterContext['ask'],
  owner: Source['owner'],
  path: string,
): Promise<ModelFile | undefined> {
  try {
    return await ask(findArtifact, { id: owner.id, owner: owner.kind, path })
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

const isMissing = (error: unknown) => error instanceof Problem && error.status === 404

/** The digest of the one file, or over the paths and digests of a folder's files. */
function digestOf(path: string, files: readonly ModelFile[]): string {
  const [only] = files
  if (files.length === 1 && only?.path === path) return only.digest
  const listed = files.map((file) => [file.path, file.digest])
  return `sha256:${createHash('sha256').update(canonicalJson(listed)).digest('hex')}`
}

/** Holds the run and the files, so that nobody takes them away from below the version. */
export async function holdFiles(
  { holds }: RegisterContext,
  version: contract.ModelVersion,
  source: Source,
  files: readonly ModelFile[],
): Promise<void> {
  const self = ref('model-version', version.id)
  const reason = reasonOf(version)
  if (source.runId !== null) await holds.place(ref('run', source.runId), self, reason)
  for (const file of files) await holds.place(artifactRef(source.owner, file.path), self, reason)
}

function reasonOf({ version, model }: contract.ModelVersion): string {
  return `version ${version} of "${model}" was made from it`
}

/** Where a version comes from. */
export function edgesOf(version: contract.ModelVersion): LineageEdge[] {
  const self = ref('model-version', version.id)
  const maker = version.loggedModelId === null ? version.runId : null
  return [
    ...(maker === null ? [] : [{ from: ref('run', maker), type: 'produced' as const, to: self }]),
    ...(version.loggedModelId === null
      ? []
      : [{ from: ref('logged-model', version.loggedModelId), type: 'produced' as const, to: self }]),
    ...(version.derivedFrom === null
      ? []
      : [{ from: self, type: 'derived_from' as const, to: ref('model-version', version.derivedFrom) }]),
  ]
}
