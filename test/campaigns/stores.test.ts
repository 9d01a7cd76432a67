import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openAzureBlob } from '@millrace/adapter-azure-blob'
import { openGoogleCloudStorage } from '@millrace/adapter-google-cloud-storage'
import { openS3 } from '@millrace/adapter-s3'
import type { ObjectStore, StoreLocation } from '@millrace/kernel'
import { openFileCache, openLocalDisk, parseLocation } from '@millrace/kernel'
import { describeObjectStore } from '@millrace/kernel/testing'
import { afterAll } from 'vitest'
import { startAzure, startGoogle, startS3 } from './store-servers.ts'

// The account every Azurite has.
const azureKey = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='
const s3Key = { access: 'millrace', secret: 'millrace-secret' }
const folder = await mkdtemp(join(tmpdir(), 'millrace-stores-'))

process.env['AWS_ACCESS_KEY_ID'] = s3Key.access
process.env['AWS_SECRET_ACCESS_KEY'] = s3Key.secret
process.env['AZURE_STORAGE_ACCESS_KEY'] = azureKey
process.env['GOOGLE_APPLICATION_CREDENTIALS'] = await aServiceAccount()

const [s3, azure, google] = await Promise.all([startS3(s3Key), startAzure(), startGoogle()])
await createAzureContainer()

afterAll(async () => {
  await Promise.all([s3.stop(), azure.stop(), google.stop()])
  await rm(folder, { recursive: true, force: true })
})

const cache = await openFileCache(join(folder, 'cache'))
const somewhere = () => `tests/${randomBytes(6).toString('hex')}`
const largeBytes = 40 << 20

describeObjectStore('S3 (versitygw)', {
  open: async () => openAt(`s3://bucket/${somewhere()}?endpoint=${s3.url}&region=us-east-1`),
  largeBytes,
  direct: 'in-parts',
})
describeObjectStore('Azure Blob Storage (Azurite)', {
  open: async () =>
    openAt(
      `wasbs://container@devstoreaccount1.blob.core.windows.net/${somewhere()}?endpoint=${azure.url}/devstoreaccount1`,
    ),
  largeBytes,
  direct: 'in-parts',
})
describeObjectStore('Google Cloud Storage (fake-gcs-server)', {
  open: async () => openAt(`gs://bucket/${somewhere()}?endpoint=${google.url}&project=tests`),
  largeBytes,
  direct: 'whole',
})
describeObjectStore('local disk', {
  open: async () => openLocalDisk(await mkdtemp(join(folder, 'disk-'))),
  largeBytes: 1 << 30,
  direct: 'none',
})

async function openAt(text: string): Promise<ObjectStore> {
  const location: StoreLocation = parseLocation(text)
  if (location.kind === 's3') return openS3(location, cache)
  if (location.kind === 'azure') return openAzureBlob(location, cache)
  if (location.kind === 'google') return openGoogleCloudStorage(location, cache)
  return openLocalDisk(location.path)
}

/** Google's library signs and asks for tokens with a service account's key; the fake server believes any. */
async function aServiceAccount(): Promise<string> {
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  const path = join(folder, 'account.json')
  const account = {
    type: 'service_account',
    project_id: 'tests',
    client_email: 'tests@tests.example',
    private_key: privateKey,
  }
  await writeFile(path, JSON.stringify(account))
  return path
}

async function createAzureContainer(): Promise<void> {
  const { createContainer } = await import('@millrace/adapter-azure-blob/testing')
  await createContainer(`${azure.url}/devstoreaccount1`, { account: 'devstoreaccount1', key: azureKey }, 'container')
}
