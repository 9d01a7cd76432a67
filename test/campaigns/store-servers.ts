import { execFile, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const folder = join(import.meta.dirname, '../../.toolchain/stores')
const programs = {
  versitygw: 'github.com/versity/versitygw/cmd/versitygw@v1.8.0',
  'fake-gcs-server': 'github.com/fsouza/fake-gcs-server@v1.56.1',
} as const
const azurite = 'azurite@3.37.0'

/** A store's server that runs for a test. */
export interface StoreServer {
  readonly url: string
  readonly folder: string
  stop(): Promise<void>
}

/** versitygw: S3 on a folder, with signatures checked. */
export async function startS3(credentials: { access: string; secret: string }): Promise<StoreServer> {
  const program = await goProgram('versitygw')
  return startServer(async (port, data) => {
    mkdirSync(join(data, 'root', 'bucket'), { recursive: true })
    const env = { ...process.env, ROOT_ACCESS_KEY: credentials.access, ROOT_SECRET_KEY: credentials.secret }
    return spawn(program, ['--port', `127.0.0.1:${port}`, 'posix', join(data, 'root')], { env, stdio: 'ignore' })
  })
}

/** fake-gcs-server: Google Cloud Storage in memory. */
export async function startGoogle(): Promise<StoreServer> {
  const program = await goProgram('fake-gcs-server')
  return startServer(async (port, data) => {
    mkdirSync(join(data, 'bucket'))
    const at = ['-scheme', 'http', '-host', '127.0.0.1', '-port', String(port), '-public-host', `127.0.0.1:${port}`]
    return spawn(program, [...at, '-backend', 'memory', '-data', data], { stdio: 'ignore' })
  })
}

/** Azurite: Azure Blob Storage. */
export async function startAzure(): Promise<StoreServer> {
  const entry = join(folder, 'npm/node_modules/azurite/dist/src/blob/main.js')
  if (!existsSync(entry)) {
    mkdirSync(join(folder, 'npm'), { recursive: true })
    await run('npm', ['install', '--prefix', join(folder, 'npm'), '--no-audit', '--no-fund', azurite])
  }
  return startServer(async (port, data) => {
    const at = ['--blobHost', '127.0.0.1', '--blobPort', String(port), '--location', data]
    return spawn(process.execPath, [entry, ...at, '--silent', '--skipApiVersionCheck', '--disableTelemetry'], {
      stdio: 'ignore',
    })
  })
}

/** A program of Go's proxy, built once. Throws a sentence where there is no Go. */
async function goProgram(name: keyof typeof programs): Promise<string> {
  const path = join(folder, 'bin', name)
  if (existsSync(path)) return path
  try {
    await run('go', ['install', programs[name]], { env: { ...process.env, GOBIN: join(folder, 'bin') } })
  } catch (error) {
    throw new Error(`${name} is built with Go, which is not here or failed: install Go 1.24 or newer.`, {
      cause: error,
    })
  }
  return path
}

async function startServer(start: (port: number, data: string) => Promise<ChildProcess>): Promise<StoreServer> {
  const data = await mkdtemp(join(tmpdir(), 'millrace-store-'))
  const port = await freePort()
  const child = await start(port, data)
  const url = `http://127.0.0.1:${port}`
  const stop = async () => {
    if (child.exitCode === null) {
      child.kill()
      await once(child, 'exit')
    }
    await rm(data, { recursive: true, force: true })
  }
  for (const until = Date.now() + 30_000; ;) {
    if (await answers(url)) return { url, folder: data, stop }
    if (Date.now() > until || child.exitCode !== null) {
      await stop()
      throw new Error(`The store's server did not start on port ${port}.`)
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    () => true,
    () => false,
  )
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}
