import { join, resolve } from 'node:path'
import type { Config, FileCache, ObjectStore, OpenLocation, StoreLocation } from '@millrace/kernel'
import { mountStore, openFileCache, openLocalDisk, parseLocation } from '@millrace/kernel'

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

async function openRemote(location: StoreLocation, cache: FileCache): Promise<ObjectStore> {
  if (location.kind === 's3') return (await import('@millrace/adapter-s3')).openS3(location, cache)
  if (location.kind === 'azure') return (await import('@millrace/adapter-azure-blob')).openAzureBlob(location, cache)
  if (location.kind === 'google') {
    return (await import('@millrace/adapter-google-cloud-storage')).openGoogleCloudStorage(location, cache)
  }
  return openLocalDisk(location.path, { exclusive: false })
}
