import type { FileCache, ObjectStore, StoreLocation } from '@millrace/kernel'
import { createRemoteStore } from '@millrace/kernel'
import { createGoogleBackend } from './google-backend.ts'

/** Where a Google store lies. */
export type GoogleLocation = Extract<StoreLocation, { kind: 'google' }>

/**
 * Opens a bucket of Google Cloud Storage. Credentials come from where Google's library looks for them
 * (`GOOGLE_APPLICATION_CREDENTIALS`, the machine). Options: `endpoint=http://host:port`, `project=…`. Nothing is sent here.
 */
export function openGoogleCloudStorage(location: GoogleLocation, cache: FileCache): ObjectStore {
  return createRemoteStore(createGoogleBackend(location), cache)
}
