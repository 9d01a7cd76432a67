import type { ChildProcess } from 'node:child_process'
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Problem, problems } from '@millrace/contract'

/** A value in an analytics answer. Dates come as epoch milliseconds, integers as numbers (as text beyond 2^53). */
export type Cell = null | boolean | number | string | Uint8Array | readonly Cell[] | { readonly [key: string]: Cell }
export type Row = Readonly<Record<string, Cell>>

/** DuckDB in a child process of its own: it reads and writes only below the allowed folders, and never the network. */
export interface Analytics {
  /** Runs statements and gives the last one's rows; meant for small answers (at most 200,000 rows). `$1`, `$2` stand for `parameters`. */
  rows(sql: string, parameters?: readonly (string | number | boolean | null)[]): Promise<Row[]>
  /** Lets statements read and write below another folder from now on. */
  allow(folder: string): Promise<void>
  /** Ends the child process; the next call starts a new one. */
  close(): Promise<void>
}

export const analyticsProblem = problems('analytics', {
  'bad-data': { status: 400, say: (p: { reason: string }) => `The data cannot be read: ${p.reason}` },
  stopped: {
    status: 503,
    say: () => 'The analytics process ended while it worked. Nothing was changed; send it again.',
  },
})

export interface AnalyticsOptions {
  /** Folders whose files statements may touch. */
  allowedFolders: readonly string[]
  /** Memory DuckDB may use before it spills to disk; default 512 MB. */
  memoryLimitMb?: number
  threads?: number
  /** The child ends after this long without work, so that an idle server stays small; default 30 s. */
  idleMs?: number
  /** The child's entry file, where it is not this package's own (a packed build). */
  entry?: string
}

interface Waiting {
  readonly sql: string
  readonly resolve: (rows: Row[]) => void
  readonly reject: (error: unknown) => void
}

type Answer = { id: number; rows: Row[] } | { id: number; error: string; isDataError: boolean }

/** Makes the port. Nothing is started before the first question. */
export function createAnalytics(options: AnalyticsOptions): Analytics {
  return new ChildAnalytics(options)
}

class ChildAnalytics implements Analytics {
  readonly #options: AnalyticsOptions
  readonly #waiting = new Map<number, Waiting>()
  readonly #folders: string[]
  #child: ChildProcess | undefined
  #idle: NodeJS.Timeout | undefined
  #nextId = 1

  constructor(options: AnalyticsOptions) {
    this.#options = options
    this.#folders = [...options.allowedFolders]
  }

  rows(sql: string, parameters: readonly (string | number | boolean | null)[] = []): Promise<Row[]> {
    const child = this.#start()
    const id = this.#nextId
    this.#nextId += 1
    clearTimeout(this.#idle)
    return new Promise<Row[]>((resolve, reject) => {
      this.#waiting.set(id, { sql, resolve, reject })
      child.send({ id, sql, parameters }, (error) => error !== null && this.#fail(id, error))
    })
  }

  async allow(folder: string): Promise<void> {
    if (this.#folders.includes(folder)) return
    this.#folders.push(folder)
    // DuckDB takes its list of folders when it opens, so a running child makes way for a new one once it is free.
    await this.#settled()
    await this.close()
  }

  async close(): Promise<void> {
    clearTimeout(this.#idle)
    const child = this.#child
    this.#child = undefined
    if (child === undefined || child.exitCode !== null) return
    // Otherwise nothing would keep this process alive until the child has ended.
    child.ref()
    const exited = new Promise((resolve) => child.once('exit', resolve))
    child.disconnect()
    await exited
  }

  async #settled(): Promise<void> {
    while (this.#waiting.size > 0) await new Promise((resolve) => setTimeout(resolve, 5))
  }

  #start(): ChildProcess {
    if (this.#child !== undefined) return this.#child
    const { memoryLimitMb = 512, threads = 1, entry } = this.#options
    const child = fork(entry ?? fileURLToPath(new URL('analytics-process.ts', import.meta.url)), [], {
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: {
        PATH: process.env['PATH'],
        MILLRACE_ANALYTICS: JSON.stringify({ folders: this.#folders, memoryLimitMb, threads }),
      },
    })
    child.on('message', (answer) => this.#settle(answer as Answer)) // our own child sends nothing else
    child.once('exit', () => this.#ended(child))
    child.unref()
    child.channel?.unref()
    this.#child = child
    return child
  }

  #settle(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id)
    this.#waiting.delete(answer.id)
    if (this.#waiting.size === 0) {
      this.#idle = setTimeout(() => void this.close(), this.#options.idleMs ?? 30_000).unref()
    }
    if (waiting === undefined) return
    if ('rows' in answer) waiting.resolve(answer.rows)
    else if (answer.isDataError) waiting.reject(analyticsProblem['bad-data']({ reason: answer.error }))
    else waiting.reject(new Error(`DuckDB: ${answer.error} In: ${waiting.sql.slice(0, 2000)}`))
  }

  #fail(id: number, cause: Error): void {
    this.#waiting
      .get(id)
      ?.reject(new Problem(analyticsProblem.stopped.code, 503, 'The analytics process cannot be reached.', {}, cause))
    this.#waiting.delete(id)
  }

  #ended(child: ChildProcess): void {
    if (this.#child === child) this.#child = undefined
    for (const waiting of this.#waiting.values()) waiting.reject(analyticsProblem.stopped({}))
    this.#waiting.clear()
  }
}
