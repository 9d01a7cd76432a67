import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob'

/** Makes a container at a test's server. */
export async function createContainer(
  url: string,
  account: { account: string; key: string },
  container: string,
): Promise<void> {
  const credential = new StorageSharedKeyCredential(account.account, account.key)
  await new BlobServiceClient(url, credential).createContainer(container)
}
