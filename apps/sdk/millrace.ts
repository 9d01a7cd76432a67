import { Api } from './http/api.ts'
import { Endpoint } from './registry/endpoint.ts'
import { Models } from './registry/models.ts'
import { Runs } from './registry/runs.ts'
import type { Platform } from './run/platform.ts'
import type { Run, RunShape } from './run/run.ts'
import type { Connection, StartOptions } from './run/start-run.ts'
import { startRun } from './run/start-run.ts'
import type { Spools } from './spool/spool.ts'
import { syncSpools } from './spool/sync-spools.ts'

export interface ConnectOptions {
  /** Default: MILLRACE_URL; in the browser the page's own origin, else http://127.0.0.1:7400. */
  readonly url?: string
  /** Default: MILLRACE_TOKEN. A server on this machine may need none. */
  readonly token?: string
  /** Default: MILLRACE_WORKSPACE, else `default`. */
  readonly workspace?: string
  /** Told once about each trouble that logging has: the server is away, or refused something. Default: console.warn. */
  readonly warn?: (sentence: string) => void
  /** Where requests wait while the server is away. Default: a folder, or the browser's IndexedDB. */
  readonly spools?: Spools
  readonly fetch?: typeof fetch
}

/** A connection to a workspace of a Millrace server. It opens nothing before it is used. */
export class Millrace {
  readonly models: Models
  readonly runs: Runs
  readonly #connection: Connection
  #syncing: Promise<number> | undefined

  constructor(options: ConnectOptions, platform: Platform) {
    const setting = (name: string) => platform.setting(name)
    const { url, password } = addressOf(options.url ?? setting('MILLRACE_URL') ?? platform.defaultUrl)
    const workspace = options.workspace ?? setting('MILLRACE_WORKSPACE') ?? 'default'
    const token = options.token ?? password ?? setting('MILLRACE_TOKEN')
    const api = new Api({ url, token, workspace, fetch: options.fetch ?? globalThis.fetch.bind(globalThis) })
    const target = `${url.replace(/^https?:\/\//, '')}/${workspace}`
    const spools = options.spools === undefined ? platform.spools(target) : Promise.resolve(options.spools)
    // Whoever needs them is told.
    spools.catch(() => undefined)
    this.models = new Models(api)
    this.runs = new Runs(api)
    this.#connection = { api, platform, spools, models: this.models, warn: onceEach(options.warn ?? console.warn) }
  }

  /**
   * Starts a run, also while the server is away: the run's id is made here. What an earlier process left behind is sent
   * meanwhile. `await using run = await millrace.startRun({ experiment: 'flights' })`, with `await run.end()` as the
   * block's last line: a block that is left by an error leaves a failed run.
   */
  startRun<S extends RunShape = RunShape>(options: StartOptions<S>): Promise<Run<S>> {
    this.sync().catch(() => undefined)
    return startRun<S>(options, this.#connection)
  }

  /** Runs `body` with a run that ends with it: as finished, or as failed when it throws. Gives what `body` gives. */
  async run<T, S extends RunShape = RunShape>(
    options: StartOptions<S>,
    body: (run: Run<S>) => Promise<T> | T,
  ): Promise<T> {
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

  /** An endpoint that serves a model. */
  endpoint(name: string): Endpoint {
    return new Endpoint(this.#connection.api, name)
  }

  /** Sends what processes left behind that ended before all was delivered. Gives how many requests were sent. */
  sync(): Promise<number> {
    const { api, spools, warn } = this.#connection
    this.#syncing ??= spools.then((found) => syncSpools(api, found, warn)).finally(() => (this.#syncing = undefined))
    return this.#syncing
  }
}

/** `fetch` takes no address with a password in it, and no message should show one. */
function addressOf(text: string): { readonly url: string; readonly password: string | undefined } {
  const parsed = URL.canParse(text) ? new URL(text) : undefined
  if (parsed === undefined || !parsed.protocol.startsWith('http'))
    throw new TypeError('The address of Millrace is not an http(s) URL; give one such as http://127.0.0.1:7400.')
  const url = `${parsed.origin}${parsed.pathname}`.replace(/\/+$/, '')
  return { url, password: parsed.password === '' ? undefined : decodeURIComponent(parsed.password) }
}

/** Says a thing once, however often it happens, and is not stopped by a listener that throws. */
function onceEach(tell: (sentence: string) => void): (key: string, sentence: string) => void {
  const told = new Set<string>()
  return (key, sentence) => {
    if (told.has(key) || told.size > 1000) return
    told.add(key)
    try {
      tell(sentence)
    } catch {
      // Logging must not end a training.
    }
  }
}
