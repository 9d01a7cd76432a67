import { join, resolve } from 'node:path'
import type { Config, FileCache, ObjectStore, OpenLocation, StoreLocation } from '@millrace/kernel'
import { mountStore, openFileCache, openLocalDisk, parseLocation, readLocalDisk } from '@millrace/kernel'

/** Where files lie, and how other places are opened. */
export interface Objects {
  readonly objects: ObjectStore
  readonly openLocation: OpenLocation
}

/**
 * Opens the store of all files (`--artifact-store`, else the data directory) with experiments' artifacts in a place of
 * their own where `--artifacts-destination` names one. An SDK is loaded only for a location that needs it. Throws
 * `objects/unknown-location`.
 */
export async function openObjects(config: Config): Promise<Objects> {
  let cache: Promise<FileCache> | undefined
  const openLocation: OpenLocation = async (location) => {
    cache ??= openFileCache(join(config.dataDir, 'object-cache'))
    return openRemote(location, await cache)
  }
  const open = async (text: string): Promise<ObjectStore> => {
    const location = parseLocation(/^[a-z][\w+.-]*:/i.test(text) ? text : resolve(text))
    // Other programs, and other servers on one database, may write there, too.
    return location.kind === 'disk' ? openLocalDisk(location.path, { exclusive: false }) : openLocation(location)
  }
  const { artifactStore, artifactsDestination } = config
  const base =
    artifactStore === undefined ? await openLocalDisk(join(config.dataDir, 'artifacts')) : await open(artifactStore)
  if (artifactsDestination === undefined) return { objects: base, openLocation }
  return { objects: mountStore(base, 'experiments', await open(artifactsDestination)), openLocation }
}

/** A folder or bucket by its location, for something of its own. Throws `objects/unknown-location`. */
export async function openPlace(text: string, cacheFolder: string): Promise<ObjectStore> {
  const location = parseLocation(/^[a-z][\w+.-]*:/i.test(text) ? text : resolve(text))
  if (location.kind === 'disk') return openLocalDisk(location.path, { exclusive: false })
  return openRemote(location, await openFileCache(cacheFolder))
}

/** The store of all files beside a server that is using it, and the folders whose lists together hold every object. */
export async function openObjectsBeside(
  config: Config,
  cacheFolder: string,
): Promise<{ store: ObjectStore; folders: readonly string[] }> {
  const { artifactStore, artifactsDestination, dataDir } = config
  const base =
    artifactStore === undefined
      ? readLocalDisk(join(dataDir, 'artifacts'))
      : await openPlace(artifactStore, cacheFolder)
  if (artifactsDestination === undefined) return { store: base, folders: [''] }
  const store = mountStore(base, 'experiments', await openPlace(artifactsDestination, cacheFolder))
  return { store, folders: ['', 'experiments'] }
}

async function openRemote(location: StoreLocation, cache: FileCache): Promise<ObjectStore> {
  if (location.kind === 's3') return (await import('@millrace/adapter-s3')).openS3(location, cache)
  if (location.kind === 'azure') return (await import('@millrace/adapter-azure-blob')).openAzureBlob(location, cache)
  if (location.kind === 'google') {
    return (await import('@millrace/adapter-google-cloud-storage')).openGoogleCloudStorage(location, cache)
  }
  return openLocalDisk(location.path, { exclusive: false })
}
