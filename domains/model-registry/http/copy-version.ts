import { createReadStream } from 'node:fs'
import {
  createLoggedModel,
  listArtifacts,
  localArtifact,
  putArtifact,
  putExperiment,
  updateLoggedModel,
} from '@millrace/experiment-tracking'
import { parseReference, ref } from '@millrace/contract'
import type { CallContext, Runtime } from '@millrace/kernel'
import { parseInput } from '@millrace/kernel'
import { readModel } from '../actions/read-models.ts'
import { resolveVersion } from '../actions/read-versions.ts'
import { registerCopy } from '../actions/register-version.ts'
import type { ModelVersion } from '../contract.ts'
import * as contract from '../contract.ts'

/** Where copies from other workspaces keep their files. */
const experiment = 'copied-models'

/**
 * Copies a version to a model as its next one, with its signature, tags and lineage. From another workspace the files
 * come along, as a logged model of the experiment `copied-models`; in the same one both stand on the same files.
 * Throws `version-not-found`, `model-not-found`, `not-copied`.
 */
export async function copyModelVersion(runtime: Runtime, context: CallContext, input: unknown): Promise<ModelVersion> {
  const { name, from, tags } = parseInput(contract.copyVersion, input)
  const workspace = from.includes(':') ? (parseReference(from).workspace ?? context.workspace) : context.workspace
  const there = { ...context, workspace }
  const version = await runtime.runner.ask(resolveVersion, { reference: from }, there)
  const about = {
    name,
    source: `models:/${workspace === context.workspace ? '' : `/${workspace}/`}${version.model}/${version.version}`,
    runLink: version.runLink,
    description: version.description,
    tags: tags ?? version.tags,
    ...(version.signature === null ? {} : { signature: version.signature }),
  }
  if (workspace !== context.workspace) return copyAcross(runtime, { here: context, there }, version, about)
  return runtime.runner.act(
    registerCopy,
    {
      ...about,
      ...(version.loggedModelId === null ? {} : { loggedModelId: version.loggedModelId }),
      ...(version.runId === null ? {} : { runId: version.runId }),
      ...(version.storageUri === null ? {} : { storageUri: version.storageUri }),
      artifactPath: version.artifactPath,
      copiedFrom: version.id,
      unverified: version.digest === '',
    },
    context,
  )
}

interface About {
  readonly name: string
  readonly source: string
  readonly runLink: string
  readonly description: string
  readonly tags: Record<string, string>
  readonly signature?: contract.Signature
}

async function copyAcross(
  runtime: Runtime,
  { here, there }: { here: CallContext; there: CallContext },
  version: ModelVersion,
  about: About,
): Promise<ModelVersion> {
  const { runner } = runtime
  const owner = version.loggedModelId === null ? ('run' as const) : ('logged-model' as const)
  const ownerId = version.loggedModelId ?? version.runId
  if (version.digest === '' || ownerId === null)
    throw contract.problem['not-copied']({ what: `Version ${version.version} of "${version.model}"` })
  // Nothing is copied for a model that is not there, or that may not be written to.
  await runner.ask(readModel, { name: about.name }, here)
  await runtime.authorize(runner.readScope(here), contract.copyVersion.needs.permission, ref('model', about.name))
  const listed = { id: ownerId, owner, path: version.artifactPath, recursive: true }
  const { items } = await runner.ask(listArtifacts, listed, there)
  const paths = items.length > 0 ? items.map(({ path }) => path) : [version.artifactPath]
  await runner.act(putExperiment, { name: experiment }, here)
  const model = await runner.act(createLoggedModel, { experiment, name: `${version.model}-${version.version}` }, here)
  for (const path of paths) {
    const file = await localArtifact(runtime, there, { owner, id: ownerId, path })
    await putArtifact(runtime, here, { owner: 'logged-model', id: model.id, path }, createReadStream(file))
  }
  await runner.act(updateLoggedModel, { id: model.id, status: 'ready' }, here)
  const files = { loggedModelId: model.id, artifactPath: version.artifactPath }
  return runner.act(registerCopy, { ...about, ...files, copiedFrom: version.id }, here)
}
