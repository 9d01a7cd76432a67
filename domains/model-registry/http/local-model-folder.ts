import { createHash } from 'node:crypto'
import { constants, createReadStream } from 'node:fs'
import { copyFile, mkdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, posix } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { listArtifacts, localArtifact } from '@millrace/experiment-tracking'
import type { CallContext, Runtime } from '@millrace/kernel'
import { readVersionById } from '../actions/read-versions.ts'
import { problem } from '../contract.ts'

const underWay = new Map<string, Promise<string>>()

/**
 * A folder of this machine with all files of a version, copied there once and checked against their digests; it is the
 * version's own, so that nothing that a model writes reaches the artifacts. `name` is the version's model.
 * Throws `model-registry/version-not-found`, `model-registry/no-model-file` for a version whose files are not here.
 */
export function localModelFolder(runtime: Runtime, context: CallContext, versionId: string): Promise<string> {
  const folder = join(runtime.dataDir, 'model-registry', 'local-models', versionId)
  const running = underWay.get(folder) ?? materialise(runtime, context, { versionId, folder })
  underWay.set(folder, running)
  return running.finally(() => underWay.delete(folder))
}

async function materialise(
  runtime: Runtime,
  context: CallContext,
  { versionId, folder }: { versionId: string; folder: string },
): Promise<string> {
  const version = await runtime.runner.ask(readVersionById, { id: versionId }, context)
  if ((await stat(folder).catch(() => undefined))?.isDirectory() === true) return folder
  const { loggedModelId, runId, artifactPath, model } = version
  const id = loggedModelId ?? runId
  if (id === null) throw problem['no-model-file']({ model, version: version.version })
  const owner = loggedModelId === null ? 'run' : 'logged-model'
  const copied = await copyArtifacts(runtime, context, { owner, id, path: artifactPath }, folder)
  if (copied === 0) throw problem['no-model-file']({ model, version: version.version })
  return folder
}

/**
 * Copies a folder or file of artifacts to a new folder of this machine, each file checked against its digest; gives their
 * number, and makes nothing for 0. Throws what `listArtifacts` and `localArtifact` throw.
 */
export async function copyArtifacts(
  runtime: Runtime,
  context: CallContext,
  { owner, id, path: artifactPath }: Owned,
  folder: string,
): Promise<number> {
  const found = await filesOf(runtime, context, { owner, id, path: artifactPath })
  if (found.length === 0) return 0
  const made = `${folder}.${runtime.newHexId()}`
  try {
    for (const { path, digest } of found) {
      const inside = path === artifactPath ? posix.basename(path) : posix.relative(artifactPath, path)
      const from = await localArtifact(runtime, context, { owner, id, path })
      await copyChecked(from, join(made, inside), digest)
    }
    await rename(made, folder)
  } catch (error) {
    await rm(made, { recursive: true, force: true })
    throw error
  }
  return found.length
}

type Owned = { readonly owner: 'run' | 'logged-model'; readonly id: string; readonly path: string }

/** The files of a folder, or the one file. */
async function filesOf(runtime: Runtime, context: CallContext, { owner, id, path }: Owned) {
  const below = await runtime.runner.ask(listArtifacts, { owner, id, path, recursive: true }, context)
  const files = below.items.filter(({ isFolder }) => !isFolder)
  if (files.length > 0 || path === '') return files
  const beside = await runtime.runner.ask(listArtifacts, { owner, id, path: folderOf(path), recursive: false }, context)
  return beside.items.filter((item) => item.path === path && !item.isFolder)
}

function folderOf(path: string): string {
  const folder = posix.dirname(path)
  return folder === '.' ? '' : folder
}

async function copyChecked(from: string, to: string, digest: string | null): Promise<void> {
  await mkdir(dirname(to), { recursive: true })
  await copyFile(from, to, constants.COPYFILE_FICLONE)
  if (digest === null) return
  const hash = createHash('sha256')
  await pipeline(createReadStream(to), hash)
  const have = `sha256:${hash.digest('hex')}`
  if (have !== digest) throw new Error(`the file ${posix.basename(to)} has changed since the version was registered`)
}
