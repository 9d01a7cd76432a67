import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** MLflow's own tracking server, as `mlflow server` starts it, on SQLite. */
export interface MlflowServer {
  readonly url: string
  readonly version: string
  /** The process that has started the others. */
  readonly pid: number
  stop(): Promise<void>
}

const python =
  process.env['MILLRACE_TEST_PYTHON'] ?? fileURLToPath(new URL('../../.toolchain/python/bin/python', import.meta.url))

/** Starts `mlflow server` with its files in a folder, on SQLite unless a store is named. Throws a sentence where there is no Python with MLflow. */
export async function startMlflow(
  folder: string,
  backendStoreUri = `sqlite:///${join(folder, 'mlflow.db')}`,
): Promise<MlflowServer> {
  if (!existsSync(python)) throw new Error('Found no Python with MLflow; bin/setup --tests brings one.')
  const port = await freePort()
  // Named with its driver: SQLAlchemy would look for another one.
  const stores = ['--backend-store-uri', backendStoreUri.replace(/^postgres:/, 'postgresql+psycopg2:')]
  const files = ['--artifacts-destination', join(folder, 'artifacts')]
  const args = ['-m', 'mlflow', 'server', '--host', '127.0.0.1', '--port', String(port), ...stores, ...files]
  // A process group of its own, since MLflow starts workers.
  const child = spawn(python, args, {
    cwd: folder,
    stdio: 'ignore',
    detached: true,
    // Its job workers would only take memory and cores from both.
    env: { ...process.env, MLFLOW_DISABLE_TELEMETRY: 'true', MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false' },
  })
  const exited = once(child, 'exit')
  const url = `http://127.0.0.1:${port}`
  const end = () => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGTERM')
  }
  const interrupted = () => {
    end()
    process.exit(130)
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, interrupted)
  const stop = async () => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, interrupted)
    end()
    await exited
  }
  try {
    await healthy(url)
    const version = await (await fetch(`${url}/version`)).text()
    return { url, version, pid: child.pid ?? 0, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function healthy(url: string): Promise<void> {
  for (let attempt = 0; attempt < 240; attempt += 1) {
    const answer = await fetch(`${url}/health`).catch(() => undefined)
    if (answer?.ok === true) return
    await wait(250)
  }
  throw new Error('mlflow server did not answer within a minute.')
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (typeof address !== 'object' || address === null) throw new Error('There is no free port.')
  return address.port
}
