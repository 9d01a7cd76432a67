import type { FileCache, ObjectStore, StoreLocation } from '@millrace/kernel'
import { createRemoteStore } from '@millrace/kernel'
import { createAzureBackend } from './azure-backend.ts'

/** Where an Azure store lies; the account may come from the connection string. */
export type AzureLocation = Extract<StoreLocation, { kind: 'azure' }>

/**
 * Opens a container of Azure Blob Storage. Credentials: `AZURE_STORAGE_CONNECTION_STRING`, or
 * `AZURE_STORAGE_ACCESS_KEY` for the location's account. Option: `endpoint=http://host:port/account`. Nothing is sent here.
 */
export function openAzureBlob(location: AzureLocation, cache: FileCache): ObjectStore {
  return createRemoteStore(createAzureBackend(location), cache)
}
