import { createHash } from 'node:crypto'
import type { InputOf } from '@millrace/contract'
import { canonicalJson, ref } from '@millrace/contract'
import type { ActionContext, LineageEdge } from '@millrace/kernel'
import { artifactRef, listArtifacts, findArtifact, readLoggedModel } from '@millrace/experiment-tracking'
import * as contract from '../contract.ts'
import type { ModelFile } from '../model/model-files.ts'
import { formatOf, modelFileOf } from '../model/model-files.ts'
import type { RegistryStore } from '../store/registry.ts'
import { action } from '../store/registry.ts'
import { findModel, findVersion } from './find-model.ts'

const { problem } = contract
type Input = InputOf<typeof contract.registerVersion>
type Context = ActionContext<RegistryStore, Input>

/**
 * Registers a run's artifact as the next version. The files must be there; from now on they can be neither replaced nor
 * deleted with their run. Throws `model-not-found`, `artifact-missing`.
 */
export const registerVersion = action(contract.registerVersion, async (context) => {
  const { store, input, actor, nowMs, newId } = context
  const model = await findModel(store, input.name)
  const source = await sourceOf(context)
  const files = await filesOf(context, source)
  if (input.derivedFrom !== undefined) await findVersion(store, input.derivedFrom)
  const number = model.lastNumber + 1
  // The counter first: of two racing registrations one waits here, so numbers stay dense.
  await store.models.update(model.id, { last_version: number, updated_at_ms: nowMs })
  const version: contract.ModelVersion = {
    id: newId('ver') as contract.ModelVersionId, // newId makes it of this kind
    model: model.name,
    version: number,
    state: 'ready',
    approval: 'none',
    runId: source.runId,
    loggedModelId: input.loggedModelId ?? null,
    artifactPath: input.artifactPath,
    modelFile: modelFileOf(files),
    format: formatOf(files),
    digest: digestOf(input.artifactPath, files),
    sizeBytes: files.reduce((sum, file) => sum + file.sizeBytes, 0),
    signature: input.signature ?? null,
    description: input.description,
    aliases: [],
    tags: input.tags,
    derivedFrom: input.derivedFrom ?? null,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    createdBy: actor.name,
  }
  await store.versions.insert(model.id, version)
  await holdFiles(context, version, source, files)
  return {
    answer: version,
    events: [contract.versionCreated({ id: version.id, model: model.name, version: number, runId: version.runId })],
    audit: { object: ref('model-version', version.id), after: version },
    edges: edgesOf(version),
  }
})

interface Source {
  readonly owner: { readonly kind: 'run' | 'logged-model'; readonly id: string }
  readonly runId: string | null
}

async function sourceOf({ input, ask }: Context): Promise<Source> {
  if (input.loggedModelId !== undefined) {
    const model = await ask(readLoggedModel, { id: input.loggedModelId })
    return { owner: { kind: 'logged-model', id: model.id }, runId: model.runId }
  }
  if (input.runId === undefined)
    throw problem['artifact-missing']({ path: input.artifactPath, source: 'No run was named, so it' })
  return { owner: { kind: 'run', id: input.runId }, runId: input.runId }
}

/** The file that the path names, or the files of the folder. */
async function filesOf({ input, ask }: Context, { owner }: Source): Promise<ModelFile[]> {
  const path = input.artifactPath
  const { items } = await ask(listArtifacts, { id: owner.id, owner: owner.kind, path, recursive: true })
  if (items.length > 0)
    return items.map((item) => ({ path: item.path, digest: item.digest ?? '', sizeBytes: item.sizeBytes ?? 0 }))
  const missing = () => problem['artifact-missing']({ path, source: `The ${owner.kind.replace('-', ' ')} ${owner.id}` })
  if (path === '') throw missing()
  try {
    return [await ask(findArtifact, { id: owner.id, owner: owner.kind, path })]
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'experiment-tracking/artifact-not-found')
      throw missing()
    throw error
  }
}

/** The digest of the one file, or over the paths and digests of a folder's files. */
function digestOf(path: string, files: readonly ModelFile[]): string {
  const [only] = files
  if (files.length === 1 && only?.path === path) return only.digest
  const listed = files.map((file) => [file.path, file.digest])
  return `sha256:${createHash('sha256').update(canonicalJson(listed)).digest('hex')}`
}

async function holdFiles(
  { holds }: Context,
  version: contract.ModelVersion,
  source: Source,
  files: readonly ModelFile[],
): Promise<void> {
  const self = ref('model-version', version.id)
  const reason = `version ${version.version} of "${version.model}" was made from it`
  if (source.runId !== null) await holds.place(ref('run', source.runId), self, reason)
  for (const file of files) await holds.place(artifactRef(source.owner, file.path), self, reason)
  if (version.derivedFrom !== null) await holds.place(ref('model-version', version.derivedFrom), self, reason)
}

function edgesOf(version: contract.ModelVersion): LineageEdge[] {
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
