import type { Api } from './http/api.ts'

export interface SearchOptions {
  /** A query: `metrics.loss < 0.2 and tags.team = "vision"`. */
  readonly query?: string
  /** Names of experiments; default all. */
  readonly experiments?: readonly string[]
  readonly orderBy?: readonly string[]
  readonly signal?: AbortSignal
}

export interface FoundRun {
  readonly id: string
  readonly name: string
  readonly experiment: string
  readonly status: string
  readonly startedAtMs: number | null
  readonly endedAtMs: number | null
  readonly params: Readonly<Record<string, string>>
  readonly tags: Readonly<Record<string, string>>
  /** The latest value of each metric; NaN and infinities are text. */
  readonly metrics: Readonly<Record<string, number | string>>
}

/** Yields the runs that a query finds, page by page. */
export async function* searchRuns(api: Api, options: SearchOptions): AsyncGenerator<FoundRun> {
  const { query, experiments, orderBy, signal } = options
  let pageToken: string | undefined
  do {
    const body = { query, experiments, orderBy, limit: 100, pageToken }
    const page = await api.request<{ items: FoundRun[]; nextPageToken?: string }>('POST', '/runs/search', {
      body,
      signal,
    })
    yield* page.items
    pageToken = page.nextPageToken
  } while (pageToken !== undefined)
}
