import { join } from 'node:path'
import type { ServerProcess } from '../../journeys/server-process.ts'
import { runCli, startServer } from '../../journeys/server-process.ts'

export interface ServersOptions {
  readonly folder: string
  /** How many processes; more than one need a PostgreSQL. Default 1. */
  readonly servers?: number | undefined
  readonly databaseUrl?: string | undefined
  readonly flags?: readonly string[] | undefined
}

/** Server processes on one store: a folder of its own for each, files and secrets in one place. */
export class Servers {
  readonly #options: ServersOptions
  readonly #running: ServerProcess[] = []

  private constructor(options: ServersOptions) {
    this.#options = options
  }

  static async start(options: ServersOptions): Promise<Servers> {
    const servers = new Servers(options)
    // At once: the first start of several makes the tables while the others wait.
    await Promise.all(Array.from({ length: options.servers ?? 1 }, (_server, at) => servers.restart(at)))
    return servers
  }

  get count(): number {
    return this.#options.servers ?? 1
  }

  url(at: number): string {
    return this.#running[at % this.count]?.url ?? ''
  }

  pid(at: number): number {
    return this.#running[at % this.count]?.pid ?? 0
  }

  errors(at: number): string {
    return this.#running[at % this.count]?.errors() ?? ''
  }

  kill(at: number): Promise<void> {
    return this.#running[at]?.kill() ?? Promise.resolve()
  }

  async restart(at: number): Promise<void> {
    const { folder, databaseUrl, flags = [] } = this.#options
    const shared = ['--artifact-store', join(folder, 'files'), '--secrets-key-file', join(folder, 'secrets.key')]
    const store = databaseUrl === undefined ? [] : ['--database-url', databaseUrl, ...shared]
    this.#running[at] = await startServer(this.dataDir(at), { flags: [...store, ...flags] })
  }

  async stop(): Promise<void> {
    await Promise.all(this.#running.map((server) => server.stop()))
  }

  /** What `millrace audit verify` says of a stopped store whose chain is broken; else nothing. */
  async verifyOffline(): Promise<string[]> {
    if (this.#options.databaseUrl !== undefined) return []
    const { code, output } = await runCli('', 'audit', 'verify', '--data-dir', this.dataDir(0))
    return code === 0 ? [] : [output]
  }

  dataDir(at: number): string {
    return join(this.#options.folder, `server-${at}`)
  }
}
