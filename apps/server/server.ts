import { once } from 'node:events'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { Config, Kernel, LoadedConfig, Tracing } from '@millrace/kernel'
import { createKernel, createLog, loadConfig, migrationSets } from '@millrace/kernel'
import { refuseUnsafeBinding } from '@millrace/access'
import { composeDomains, composePorts } from './compose.ts'
import { openObjects } from './open-objects.ts'
import { copyBeforeMigrating, openStore } from './open-store.ts'
import { returnMemoryWhenIdle } from './return-memory.ts'
import { routeWebPages } from './web-pages.ts'

/** A server that listens. */
export interface RunningServer {
  readonly kernel: Kernel
  readonly url: string
  /** The line on standard output that names every port. */
  readonly readyLine: string
  stop(): Promise<void>
}

/** Starts Millrace: locks the data directory, migrates, starts every domain, listens. Throws a Problem that says what stands in the way. */
export async function startServer(loaded: LoadedConfig): Promise<RunningServer> {
  const config = await withPlanePorts(loaded.config)
  refuseUnsafeBinding(config)
  const log = createLog(config.logLevel)
  const { database, lock } = await openStore(config)
  let kernel: Kernel | undefined
  try {
    const tracing = await tracingOf(config)
    kernel = await createKernel({
      config,
      database,
      log,
      ports: composePorts,
      domains: composeDomains,
      ...(await openObjects(config)),
      ...(tracing === undefined ? {} : { tracing }),
    })
    await kernel.app.register(async (app) => routeWebPages(app, webFolder, config.basePath), {
      prefix: config.basePath,
    })
    await copyBeforeMigrating(database, migrationSets(kernel.domains), config, log, Date.now())
    await kernel.start()
    const url = kernel.runtime.baseUrl()
    lock.describe({ pid: process.pid, url })
    const { stop } = kernel
    return { kernel, url, readyLine: readyLine(config, url), stop: () => stop().finally(() => lock.release()) }
  } catch (error) {
    // What has started by now must end too, or the process would stay without a port.
    await (kernel?.stop() ?? database.close())
    lock.release()
    throw error
  }
}

function readyLine(config: Config, url: string): string {
  const grpc = config.grpcPort === undefined ? '' : `, gRPC on ${config.grpcPort}`
  return `Millrace listens on ${url} (predictions on port ${config.predictPort ?? 0} too${grpc}; data in ${config.dataDir})`
}

/** The SDK is loaded only where traces are wanted. */
async function tracingOf({ otlpEndpoint }: Config): Promise<Tracing | undefined> {
  if (otlpEndpoint === undefined) return undefined
  const { startTracing } = await import('@millrace/adapter-opentelemetry')
  return startTracing(otlpEndpoint)
}

/**
 * The data plane's ports are known before its first deployment: 7402, and 7401 for gRPC, beside the default port; else a
 * free one, and for gRPC one only where `--grpc-port` asks for it.
 */
async function withPlanePorts(config: Config): Promise<Config> {
  const beside = config.port === 7400
  const predictPort = config.predictPort ?? (beside ? 7402 : 0)
  const grpcPort = config.grpcPort ?? (beside ? 7401 : undefined)
  return {
    ...config,
    predictPort: predictPort === 0 ? await freePort(config.host) : predictPort,
    ...(grpcPort === undefined ? {} : { grpcPort: grpcPort === 0 ? await freePort(config.host) : grpcPort }),
  }
}

async function freePort(host: string): Promise<number> {
  const probe = createServer().listen(0, host)
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (typeof address !== 'object' || address === null) throw new Error('a free port could not be found')
  return address.port
}

/** Runs a server until SIGTERM or SIGINT, then drains. Resolves to the exit code. */
export async function runServer(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const loaded = loadConfig({ argv, env, cwd: process.cwd() })
  for (const notice of loaded.notices) process.stderr.write(`${notice}\n`)
  const server = await startServer(loaded)
  process.stdout.write(`${server.readyLine}\n`)
  const endWatch = returnMemoryWhenIdle()
  await new Promise<void>((resolve) => {
    process.once('SIGTERM', resolve)
    process.once('SIGINT', resolve)
  })
  endWatch()
  const { drainTimeoutMs } = server.kernel.runtime.config
  const timer = setTimeout(() => process.exit(0), drainTimeoutMs).unref()
  await server.stop()
  clearTimeout(timer)
  return 0
}

/** Where the built pages lie. */
export const webFolder = fileURLToPath(new URL('../web/dist', import.meta.url))
