import type { Api } from '../http/api.ts'

export interface SearchOptions {
  /** Names of experiments; default all. */
  readonly experiments?: readonly string[]
  /** Such as `metrics.loss ASC`; default newest first. */
  readonly orderBy?: readonly string[]
  /** Runs per request; default 100. */
  readonly pageSize?: number
  readonly signal?: AbortSignal | undefined
}

/** A run as the server knows it. */
export interface FoundRun {
  readonly id: string
  readonly name: string
  readonly experiment: string
  readonly status: string
  readonly startedAtMs: number | null
  readonly endedAtMs: number | null
  readonly params: Readonly<Record<string, string>>
  readonly tags: Readonly<Record<string, string>>
  /** The latest value of each metric. */
  readonly metrics: Readonly<Record<string, number>>
  readonly parentRunId: string | null
}

/** A point of a metric. Integers beyond 2^53 come as text. */
export interface MetricPoint {
  readonly step: number | string
  readonly value: number
  readonly timestampMs: number | string
}

type OnTheWire<T, K extends keyof T> = Omit<T, K> & { readonly [P in K]: unknown }
interface Page<T> {
  readonly nextPageToken?: string
  readonly items: readonly T[]
}

/** The runs of the workspace. Everything throws `MillraceError`. */
export class Runs {
  readonly #api: Api

  constructor(api: Api) {
    this.#api = api
  }

  /** Finds runs by Millrace's query language, `metrics.loss < 0.2 and tags.team = vision`; pages are fetched as they are needed. */
  async *search(query = '', options: SearchOptions = {}): AsyncGenerator<FoundRun> {
    const { experiments, orderBy, pageSize = 100, signal } = options
    let pageToken: string | undefined
    do {
      const body = { ...(query === '' ? {} : { query }), experiments, orderBy, limit: pageSize, pageToken }
      const request = { body, signal, repeatable: true }
      const page = await this.#api.request<Page<OnTheWire<FoundRun, 'metrics'>>>('POST', '/runs/search', request)
      for (const run of page.items) yield readRun(run)
      pageToken = page.nextPageToken
    } while (pageToken !== undefined)
  }

  /** Reads a run. */
  async get(id: string, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<FoundRun> {
    return readRun(await this.#api.request('GET', `/runs/${encodeURIComponent(id)}`, options))
  }

  /** All points of a metric by step. */
  async *history(
    runId: string,
    key: string,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): AsyncGenerator<MetricPoint> {
    type Answer = { points: OnTheWire<MetricPoint, 'value'>[]; nextPageToken?: string }
    let pageToken: string | undefined
    do {
      const query = new URLSearchParams(pageToken === undefined ? {} : { pageToken })
      const path = `/runs/${encodeURIComponent(runId)}/metrics/${encodeURIComponent(key)}?${query.toString()}`
      const page: Answer = await this.#api.request('GET', path, options)
      for (const point of page.points) yield { ...point, value: Number(point.value) }
      pageToken = page.nextPageToken
    } while (pageToken !== undefined)
  }

  /** The bytes of an artifact of a run. */
  async downloadArtifact(
    runId: string,
    path: string,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<Response> {
    const name = path.split('/').map(encodeURIComponent).join('/')
    return this.#api.download(`/runs/${encodeURIComponent(runId)}/artifacts/${name}`, options)
  }
}

/** JSON has no word for NaN and infinities: they come as text. */
function readRun(run: OnTheWire<FoundRun, 'metrics'>): FoundRun {
  const metrics: Record<string, number> = {}
  for (const [key, value] of Object.entries(run.metrics ?? {})) metrics[key] = Number(value)
  return { ...run, metrics }
}
