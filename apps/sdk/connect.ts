import { Api } from './http/api.ts'
import { Models } from './models.ts'
import { predictWith } from './predict.ts'
import type { FoundRun, SearchOptions } from './search.ts'
import { searchRuns } from './search.ts'
import type { Run, RunShape } from './run/run.ts'
import type { StartOptions } from './run/start-run.ts'
import { startRun } from './run/start-run.ts'
import { deliver } from './run/sender.ts'
import { openSpools } from './spool/open-spools.ts'
import type { Spools } from './spool/spool.ts'

export interface ConnectOptions {
  /** Default: MILLRACE_URL, in the browser the page's own origin, else http://127.0.0.1:7400. */
  readonly url?: string
  /** Default: MILLRACE_TOKEN. A server on this machine may need none. */
  readonly token?: string
  /** Default: MILLRACE_WORKSPACE, else `default`. */
  readonly workspace?: string
  /** Told about what the server refused for good, and about system metrics that cannot be read. Default: console.warn. */
  readonly warn?: (message: string) => void
  /** Where requests wait while the server is away. Default: a folder, or the browser's IndexedDB. */
  readonly spools?: Spools
  readonly fetch?: typeof fetch
}

/** A connection to a Millrace server. It opens nothing before it is used. */
export class Millrace {
  readonly models: Models
  readonly #api: Api
  readonly #warn: (message: string) => void
  readonly #spools: Promise<Spools>

  constructor(options: ConnectOptions = {}) {
    this.#api = apiOf(options)
    this.#warn = options.warn ?? ((message) => console.warn(message))
    this.#spools = options.spools === undefined ? openSpools() : Promise.resolve(options.spools)
    this.models = new Models(this.#api)
  }

  /**
   * Starts a run and returns at once, also while the server is away: the run's id is made here.
   * `await using run = await millrace.startRun({ experiment: 'mnist' })` ends it at the end of the block.
   */
  startRun<S extends RunShape = RunShape>(options: StartOptions<S>): Promise<Run<S>> {
    return startRun<S>(options, { api: this.#api, spools: this.#spools, warn: this.#warn })
  }

  /** Runs `body` with a run that ends with it: as finished, or as failed when it throws. Gives what `body` gives. */
  async run<T, S extends RunShape = RunShape>(options: StartOptions<S>, body: (run: Run<S>) => Promise<T>): Promise<T> {
    const run = await this.startRun<S>(options)
    try {
      const result = await body(run)
      await run.end('finished')
      return result
    } catch (error) {
      await run.end('failed')
      throw error
    }
  }

  /** Finds runs by Millrace's query language, newest first; pages are fetched as they are needed. */
  runs(options: SearchOptions = {}): AsyncGenerator<FoundRun> {
    return searchRuns(this.#api, options)
  }

  /** Asks an endpoint for predictions of rows. Throws `MillraceError`. */
  predict(
    endpoint: string,
    rows: readonly Readonly<Record<string, unknown>>[],
    options: { signal?: AbortSignal } = {},
  ) {
    return predictWith(this.#api, endpoint, rows, options)
  }

  /** Sends what processes left behind that ended before all was delivered. Gives how many requests were sent. */
  async sync(): Promise<number> {
    let sent = 0
    for (const spool of await (await this.#spools).abandoned()) {
      for (let waiting = await spool.peek(50); waiting.length > 0; waiting = await spool.peek(50)) {
        for (const request of waiting) {
          if (!(await deliver(this.#api, request, (error) => this.#warn(error.message)))) return sent
          await spool.drop(1)
          sent += 1
        }
      }
      await spool.close()
    }
    return sent
  }
}

/** Connects to a server: `const millrace = connect()`. */
export function connect(options?: ConnectOptions): Millrace {
  return new Millrace(options)
}

function apiOf(options: ConnectOptions): Api {
  const url = options.url ?? setting('MILLRACE_URL') ?? ownOrigin() ?? 'http://127.0.0.1:7400'
  return new Api({
    url: url.replace(/\/+$/, ''),
    token: options.token ?? setting('MILLRACE_TOKEN'),
    workspace: options.workspace ?? setting('MILLRACE_WORKSPACE') ?? 'default',
    fetch: options.fetch ?? globalThis.fetch.bind(globalThis),
  })
}

/** A setting of the environment, where there is one. */
function setting(name: string): string | undefined {
  const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } } // absent in browsers
  const value = process?.env?.[name]
  return value === undefined || value === '' ? undefined : value
}

function ownOrigin(): string | undefined {
  const { location } = globalThis as { location?: { origin?: string } } // absent on servers
  return location?.origin?.startsWith('http') === true ? location.origin : undefined
}
