import type { Api } from '../http/api.ts'
import type { Sender } from './sender.ts'

/** What a run of a project logs; give it to `startRun` to have metrics and params checked by the compiler. */
export interface RunShape {
  readonly metrics?: Readonly<Record<string, number>>
  readonly params?: Readonly<Record<string, string | number | boolean>>
}

type Metrics<S extends RunShape> = S extends { metrics: infer M extends object } ? Partial<M> : Record<string, number>
type Params<S extends RunShape> = S extends { params: infer P extends object }
  ? Partial<P>
  : Record<string, string | number | boolean>

export type EndStatus = 'finished' | 'failed' | 'killed'

export interface LogOptions {
  /** Any number, also a fraction. Default: one more than the last step that was given or counted. */
  readonly step?: number
  readonly timestampMs?: number
}

interface Point {
  readonly key: string
  readonly value: number | string
  readonly step: number
  readonly timestampMs: number
}

/** A batch goes out when it is so long, or so old. */
const batchPoints = 1000
const batchAgeMs = 500
/** The server's limit for one text. */
const longestText = 100_000

/** A run that is being logged. Nothing of it throws into a training loop but `flush` and uploads, which say so. */
export class Run<S extends RunShape = RunShape> implements AsyncDisposable {
  readonly id: string
  readonly experiment: string
  readonly #api: Api
  readonly #sender: Sender
  readonly #onEnd: () => void
  #points: Point[] = []
  #params: Record<string, string> = {}
  #tags: Record<string, string> = {}
  #timer: ReturnType<typeof setTimeout> | undefined
  #nextStep = 0
  #ended = false

  constructor(of: { id: string; experiment: string; api: Api; sender: Sender; onEnd: () => void }) {
    this.id = of.id
    this.experiment = of.experiment
    this.#api = of.api
    this.#sender = of.sender
    this.#onEnd = of.onEnd
  }

  /** Where the run is seen. */
  get url(): string {
    return `${this.#api.url}/experiments/${encodeURIComponent(this.experiment)}/runs/${this.id}`
  }

  /** Logs metrics at a step. Returns at once; NaN and infinities are kept. */
  log(metrics: Metrics<S>, options: LogOptions = {}): void {
    const step = options.step ?? this.#nextStep
    if (Number.isFinite(step)) this.#nextStep = Math.floor(step) + 1
    this.#add(metrics, step, options.timestampMs ?? Date.now())
  }

  /** Logs what the machine did, with a count of steps of its own. */
  sample(metrics: Readonly<Record<string, number>>, step: number): void {
    this.#add(metrics, step, Date.now())
  }

  /** Logs params: what the run was given. A param that was logged keeps its value. */
  params(params: Params<S>): void {
    Object.assign(this.#params, texts(params))
    this.#soon()
  }

  /** Sets tags; a later value takes the place of an earlier one. */
  tags(tags: Readonly<Record<string, string | number | boolean>>): void {
    Object.assign(this.#tags, texts(tags))
    this.#soon()
  }

  /** Says which version of a data set the run uses: `datasets:/flights@2001-02`, or a version's id. */
  useData(version: string, context = 'training'): void {
    this.#sender.add({ method: 'POST', path: `/runs/${this.id}/inputs`, body: { data: [{ version, context }] } })
  }

  /**
   * Uploads an artifact: a Blob, bytes or text, or in Node the path of a file as a URL. Throws `MillraceError`, and an
   * error when what arrived has another digest.
   */
  async artifact(
    name: string,
    content: Blob | Uint8Array<ArrayBuffer> | string | URL,
    options: { signal?: AbortSignal } = {},
  ): Promise<void> {
    await this.flush()
    const blob = await blobOf(content)
    const path = `/runs/${this.id}/artifacts/${name.split('/').map(encodeURIComponent).join('/')}`
    const stored = await this.#api.request<{ digest?: string; sizeBytes: number }>('PUT', path, {
      bytes: blob,
      signal: options.signal,
    })
    if (stored.sizeBytes !== blob.size) {
      throw new Error(`Of ${name} ${stored.sizeBytes} bytes arrived instead of ${blob.size}. Upload it again.`)
    }
  }

  /** Resolves when the server has everything logged so far. Throws when it does not within `deadlineMs`; nothing is lost then. */
  async flush(deadlineMs = 30_000): Promise<void> {
    this.#seal()
    if (await this.#sender.flush(deadlineMs)) return
    throw new Error(
      `Millrace did not take everything within ${deadlineMs / 1000} s. ${this.#sender.pending} requests wait and are sent when it is back.`,
    )
  }

  /** Ends the run. What cannot be sent now waits in the spool. */
  async end(status: EndStatus = 'finished'): Promise<void> {
    if (this.#ended) return
    this.#ended = true
    this.#seal()
    this.#sender.add({ method: 'PATCH', path: `/runs/${this.id}`, body: { status, endedAtMs: Date.now() } })
    await this.#sender.flush(10_000)
    await this.#sender.stop()
    this.#onEnd()
  }

  /** `await using run = …`: ends the run at the end of its block, as finished; `Millrace.run` tells failures apart. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.end()
  }

  /** At the end of the process, where nothing may wait: writes what was not sent to the spool. */
  saveNow(): void {
    this.#seal()
    this.#sender.saveNow()
  }

  #add(metrics: object, step: number, timestampMs: number): void {
    for (const [key, value] of Object.entries(metrics)) {
      if (typeof value === 'number') this.#points.push({ key, value: wireNumber(value), step, timestampMs })
    }
    this.#soon()
  }

  #soon(): void {
    if (this.#points.length >= batchPoints) {
      this.#seal()
      return
    }
    this.#timer ??= unreferenced(setTimeout(() => this.#seal(), batchAgeMs))
  }

  #seal(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const [metrics, params, tags] = [this.#points, this.#params, this.#tags]
    if (metrics.length + Object.keys(params).length + Object.keys(tags).length === 0) return
    this.#points = []
    this.#params = {}
    this.#tags = {}
    for (let from = 0; from === 0 || from < metrics.length; from += batchPoints) {
      const first = from === 0 ? { params, tags } : {}
      const body = { metrics: metrics.slice(from, from + batchPoints), ...first }
      this.#sender.add({ method: 'POST', path: `/runs/${this.id}/log`, body })
    }
  }
}

/** JSON has no word for NaN and infinities: they go as text. */
function wireNumber(value: number): number | string {
  return Number.isFinite(value) ? value : String(value)
}

function texts(values: object): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values)
      .filter(([, value]) => value !== undefined && value !== null)
      .map(([key, value]) => [key, String(value).slice(0, longestText)]),
  )
}

async function blobOf(content: Blob | Uint8Array<ArrayBuffer> | string | URL): Promise<Blob> {
  if (content instanceof Blob) return content
  if (!(content instanceof URL)) return new Blob([content])
  const { openAsBlob } = await import('node:fs')
  return openAsBlob(content)
}

/** A timer that keeps no process alive; browsers have plain numbers. */
function unreferenced(timer: ReturnType<typeof setTimeout>): ReturnType<typeof setTimeout> {
  if (typeof timer === 'object' && 'unref' in timer) timer.unref()
  return timer
}
