import type { CallContext, ObjectStore, Runtime } from '@millrace/kernel'
import type { ArtifactEntry } from '../../contract.ts'
import { listArtifacts, locateArtifacts } from '../actions/read-artifacts.ts'
import { removeArtifacts } from '../actions/write-artifacts.ts'
import { fileEntry, folderEntry } from '../model/folder.ts'
import { placeKey } from './artifact-content.ts'
import type { ArtifactName, OpenPlace } from './artifact-name.ts'
import { alone, openPlace } from './artifact-name.ts'

/** What a folder of artifacts holds, wherever it lies; a file or a missing folder holds nothing. */
export async function listArtifactFolder(
  runtime: Runtime,
  context: CallContext,
  name: ArtifactName & { recursive?: boolean },
): Promise<ArtifactEntry[]> {
  const { owner, id } = name
  const { root } = await runtime.runner.ask(locateArtifacts, { owner, id }, context)
  const place = await openPlace(runtime, context, root)
  if (place.managed) return (await runtime.runner.ask(listArtifacts, name, context)).items
  return listFolder(place.store, place.prefix, name.path, name.recursive ?? false)
}

/** What lies in a folder of a store; paths are those behind `prefix`. */
export async function listFolder(
  store: ObjectStore,
  prefix: string,
  path: string,
  recursive: boolean,
): Promise<ArtifactEntry[]> {
  const entries: ArtifactEntry[] = []
  const folder = (prefix + path).replace(/\/+$/, '')
  for await (const { key, sizeBytes } of store.list(folder, { recursive })) {
    const found = key.slice(prefix.length)
    entries.push(
      key.endsWith('/') ? folderEntry(found.slice(0, -1)) : fileEntry({ path: found, sizeBytes, digest: null }),
    )
  }
  return entries.toSorted((a, b) => (a.path < b.path ? -1 : 1))
}

/**
 * Deletes an artifact, or a folder with all below it ('' is everything of its owner). The manifest forgets them first, so
 * that a crash leaves bytes without a name and never a name without bytes. Throws `kernel/held`.
 */
export async function deleteArtifacts(runtime: Runtime, context: CallContext, name: ArtifactName): Promise<string[]> {
  const { owner, id } = name
  const { root } = await runtime.runner.ask(locateArtifacts, { owner, id }, context)
  const place = await openPlace(runtime, context, root)
  const { removed } = await runtime.runner.act(removeArtifacts, name, context)
  const paths = new Set(removed)
  // With its owner goes also what no manifest names: bytes of an upload that was cut off before its record.
  const beside = place.managed && name.path !== '' ? [] : await filesAt(place, name.path)
  for (const path of beside) paths.add(path)
  for (const path of paths) {
    const one = { owner, id, path }
    await alone(placeKey(context, one), async () => {
      // Somebody may have written it again in between.
      const { known } = await runtime.runner.ask(locateArtifacts, one, context)
      if (known === null) await place.store.delete(place.prefix + path)
    })
  }
  return [...paths]
}

async function filesAt({ store, prefix }: OpenPlace, path: string): Promise<string[]> {
  if (path !== '' && (await store.stat(prefix + path)) !== undefined) return [path]
  return (await listFolder(store, prefix, path, true)).map((entry) => entry.path)
}
