import type { Api } from '../http/api.ts'
import { MillraceError } from '../http/millrace-error.ts'
import type { FoundVersion, Models, Registration } from '../registry/models.ts'
import type { LogBuffer } from './log-buffer.ts'
import type { Source } from './platform.ts'
import type { Sender } from './sender.ts'
import type { StoredArtifact } from './store-artifacts.ts'

/** What a run of a project logs; give it to `startRun` to have metrics and params checked by the compiler. */
export interface RunShape {
  readonly metrics?: Readonly<Record<string, number>>
  readonly params?: Readonly<Record<string, ParamValue>>
}

/** The server keeps params and tags as text; objects become JSON. */
export type ParamValue = string | number | boolean | object | null | undefined

/** The metrics of a shape, any of them at a time. */
export type MetricsOf<S extends RunShape> = S extends { metrics: infer M extends object }
  ? Partial<M>
  : Readonly<Record<string, number>>
/** The params of a shape. */
export type ParamsOf<S extends RunShape> = S extends { params: infer P extends object }
  ? P
  : Readonly<Record<string, ParamValue>>

export type EndStatus = 'finished' | 'failed' | 'killed'

export interface LogOptions {
  /** Any number, also a fraction. Default: one more than the last step that was given or counted. */
  readonly step?: number | undefined
  readonly timestampMs?: number | undefined
}

export interface ArtifactOptions {
  readonly signal?: AbortSignal | undefined
}

/** What a run is made of. */
export interface RunParts {
  readonly id: string
  readonly experiment: string
  readonly api: Api
  readonly sender: Sender
  readonly buffer: LogBuffer
  readonly models: Models
  readonly store: (
    source: Source,
    name: string | undefined,
    signal: AbortSignal | undefined,
  ) => Promise<StoredArtifact[]>
  /** Told once, before the end is sent. */
  readonly onEnd: () => void
  readonly warn: (sentence: string) => void
}

/**
 * A run that is being logged. `log`, `params`, `tags` and `useData` return at once and never throw; what the server
 * refuses for good is told to `warn`.
 */
export class Run<S extends RunShape = RunShape> implements AsyncDisposable {
  readonly #of: RunParts
  #ended: Promise<void> | undefined

  constructor(parts: RunParts) {
    this.#of = parts
  }

  /** 32 hexadecimal digits, made here. */
  get id(): string {
    return this.#of.id
  }

  /** The experiment's name. */
  get experiment(): string {
    return this.#of.experiment
  }

  /** Where the run is seen. */
  get url(): string {
    return `${this.#of.api.url}/experiments/${encodeURIComponent(this.experiment)}/runs/${this.id}`
  }

  /** Logs metrics at a step. NaN and infinities are kept. */
  log(metrics: MetricsOf<S>, options: LogOptions = {}): void {
    this.#quietly(() => this.#of.buffer.metrics(metrics, options.step, options.timestampMs))
  }

  /** Logs params: what the run was given. A param that was logged keeps its value. */
  params(params: Partial<ParamsOf<S>>): void {
    this.#quietly(() => this.#of.buffer.params(params))
  }

  /** Sets tags; a later value takes the place of an earlier one. */
  tags(tags: Readonly<Record<string, ParamValue>>): void {
    this.#quietly(() => this.#of.buffer.tags(tags))
  }

  /** Says which version of a data set the run uses: `datasets:/flights@2001-02`, or a version's id. */
  useData(version: string, context = 'training'): void {
    const body = { data: [{ version, context }] }
    this.#quietly(() => this.#of.sender.add({ method: 'POST', path: `/runs/${this.id}/inputs`, body }))
  }

  /**
   * Uploads an artifact: a Blob, bytes, a stream, or the path of a file or folder (Node, Bun, Deno). What the server has
   * already with the same bytes is not sent again. Gives what is stored: one for a file, all of a folder. Throws
   * `MillraceError`, with `sdk/wrong-digest` when other bytes arrived than were sent.
   */
  async artifact(source: Source, name?: string, options: ArtifactOptions = {}): Promise<StoredArtifact[]> {
    await this.flush({ signal: options.signal })
    return this.#of.store(source, name, options.signal)
  }

  /**
   * Uploads a model's file or folder as the artifact `name`, and registers it as the next version of `registerAs` where
   * that is given. Throws `MillraceError`.
   */
  async logModel(
    source: Source,
    options: ArtifactOptions & Omit<Registration, 'run' | 'path'> & { name?: string; registerAs?: string } = {},
  ): Promise<{ readonly files: readonly StoredArtifact[]; readonly version?: FoundVersion }> {
    const { name = 'model', registerAs, ...registration } = options
    const files = await this.artifact(source, name, { signal: options.signal })
    if (registerAs === undefined) return { files }
    return { files, version: await this.#of.models.register(registerAs, { ...registration, run: this.id, path: name }) }
  }

  /** Resolves when the server has everything logged so far. Throws `sdk/not-delivered` when it does not in time; nothing is lost then. */
  async flush(
    options: { readonly deadlineMs?: number; readonly signal?: AbortSignal | undefined } = {},
  ): Promise<void> {
    const { deadlineMs = 30_000, signal } = options
    this.#of.buffer.seal()
    if (await this.#of.sender.flush(deadlineMs, signal)) return
    const said = `Millrace at ${this.#of.api.url} did not take everything within ${deadlineMs / 1000} s.`
    const waiting = `${this.#of.sender.pending} requests wait and are sent when it does.`
    throw new MillraceError('sdk/not-delivered', 0, `${said} ${waiting}`)
  }

  /** Ends the run, once: a later call changes nothing. It waits `waitMs` for the server; what is not sent then waits in the spool. */
  end(status: EndStatus = 'finished', options: { readonly waitMs?: number } = {}): Promise<void> {
    this.#ended ??= this.#end(status, options.waitMs ?? 10_000)
    return this.#ended
  }

  /**
   * `await using run = …`: a run whose block is left without `await run.end()` is recorded as failed. A disposer is not
   * told whether the block was left by an error, so the good end is said in words, as a transaction's commit is.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#ended === undefined)
      this.#of.warn(`The run ${this.id} was left without run.end(), so it is recorded as failed.`)
    await this.end('failed')
  }

  async #end(status: EndStatus, waitMs: number): Promise<void> {
    this.#of.onEnd()
    this.#of.buffer.seal()
    this.#of.sender.add({ method: 'PATCH', path: `/runs/${this.id}`, body: { status, endedAtMs: Date.now() } })
    await this.#of.sender.flush(waitMs)
    await this.#of.sender.stop()
  }

  /** Logging must not end a training. */
  #quietly(work: () => void): void {
    try {
      if (this.#ended === undefined) work()
      else this.#of.warn(`The run ${this.id} has ended, so what is logged now is left out.`)
    } catch (error) {
      this.#of.warn(`What was logged to run ${this.id} cannot be sent: ${String(error)}`)
    }
  }
}
