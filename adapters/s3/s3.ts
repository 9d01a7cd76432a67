import type { FileCache, ObjectStore, StoreLocation } from '@millrace/kernel'
import { createRemoteStore } from '@millrace/kernel'
import { createS3Backend } from './s3-backend.ts'

/** Where an S3 store lies; endpoint, region and path style are options of the location or the SDK's own environment. */
export type S3Location = Extract<StoreLocation, { kind: 's3' }>

/**
 * Opens a bucket of S3, or of what speaks like it. Credentials come from where the AWS SDK looks for them (environment,
 * profile, instance). Options: `endpoint=http://host:port`, `region=eu-central-1`, `path-style=false`. Nothing is sent here.
 */
export function openS3(location: S3Location, cache: FileCache): ObjectStore {
  return createRemoteStore(createS3Backend(location), cache)
}
