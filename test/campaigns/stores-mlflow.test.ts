import { execFile } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createContainer } from '@millrace/adapter-azure-blob/testing'
import { afterAll, describe, expect, it } from 'vitest'
import { endServers, startServer } from '../journeys/server-process.ts'
import type { StoreServer } from './store-servers.ts'
import { startAzure, startGoogle, startS3 } from './store-servers.ts'

const run = promisify(execFile)
const python = process.env['MILLRACE_TEST_PYTHON'] ?? join(import.meta.dirname, '../../.toolchain/python/bin/python')
const azureKey = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='
const folder = await mkdtemp(join(tmpdir(), 'millrace-stores-mlflow-'))
const servers: StoreServer[] = []

process.env['AWS_ACCESS_KEY_ID'] = 'millrace'
process.env['AWS_SECRET_ACCESS_KEY'] = 'millrace-secret'
process.env['AZURE_STORAGE_ACCESS_KEY'] = azureKey
process.env['GOOGLE_APPLICATION_CREDENTIALS'] = await aServiceAccount()

afterAll(async () => {
  await endServers()
  await Promise.all(servers.map((server) => server.stop()))
  await rm(folder, { recursive: true, force: true })
})

const places: Readonly<Record<string, () => Promise<string>>> = {
  's3://': async () => {
    const server = await started(startS3({ access: 'millrace', secret: 'millrace-secret' }))
    return `s3://bucket/mlflow?endpoint=${server.url}`
  },
  'wasbs://': async () => {
    const server = await started(startAzure())
    const url = `${server.url}/devstoreaccount1`
    await createContainer(url, { account: 'devstoreaccount1', key: azureKey }, 'container')
    return `wasbs://container@devstoreaccount1.blob.core.windows.net/mlflow?endpoint=${url}`
  },
  'gs://': async () => `gs://bucket/mlflow?endpoint=${(await started(startGoogle())).url}&project=tests`,
  'file:': async () => `file://${await mkdtemp(join(folder, 'disk-'))}`,
}

describe.each(Object.keys(places))('MLflow’s own client with --artifacts-destination %s…', (place) => {
  it('gets back what it sent, small files by the server and large ones by the store where it can', async () => {
    const destination = await places[place]?.()
    const dataDir = await mkdtemp(join(folder, 'data-'))
    const server = await startServer(dataDir, { flags: ['--artifacts-destination', destination ?? ''] })
    const { stdout } = await run(
      python,
      [join(import.meta.dirname, 'stores-mlflow.py'), await mkdtemp(join(folder, 'py-'))],
      {
        env: {
          ...process.env,
          MLFLOW_TRACKING_URI: server.url,
          MLFLOW_DISABLE_TELEMETRY: 'true',
          MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE: String(20 << 20),
          MLFLOW_MULTIPART_DOWNLOAD_CHUNK_SIZE: String(10 << 20),
        },
      },
    )
    const said = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Said // as the script prints it
    expect(said).toMatchObject({ paths: ['big/large.bin', 'notes/a b.txt'], text: 'hello' })
    expect(said.root).toMatch(/^mlflow-artifacts:\/\d+\//)
    const answer = await fetch(`${server.url}/get-artifact?run_id=${said.run}&path=big/large.bin`)
    expect((await answer.arrayBuffer()).byteLength).toBe(25 << 20)
    const info = (await (await fetch(`${server.url}/api/3.0/mlflow/server-info`)).json()) as Record<string, unknown>
    expect(info['multipart_uploads_enabled']).toBe(place === 's3://' || place === 'wasbs://')
    expect(info['multipart_downloads_enabled']).toBe(place !== 'file:')
    await server.stop()
  })
})

interface Said {
  readonly run: string
  readonly root: string
}

async function started(starting: Promise<StoreServer>): Promise<StoreServer> {
  const server = await starting
  servers.push(server)
  return server
}

/** Google's library signs with a service account's key; the fake server believes any. */
async function aServiceAccount(): Promise<string> {
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  const path = join(folder, 'account.json')
  const named = { type: 'service_account', project_id: 'tests', client_email: 'tests@tests.example' }
  await writeFile(path, JSON.stringify({ ...named, private_key: privateKey }))
  return path
}
