import type { Api } from '../http/api.ts'

/** Answers to the rows of one request, in their order. */
export interface Predictions {
  readonly id: string
  readonly version: number
  readonly deploymentId: string
  /** Ground truth for a row is sent later under its `id`. */
  readonly predictions: readonly { readonly id: string; readonly outputs: Readonly<Record<string, unknown>> }[]
}

export interface PredictOptions {
  /** When each row happened, in the data's own time; default now. */
  readonly eventTimesMs?: readonly number[]
  readonly signal?: AbortSignal | undefined
}

/** An endpoint that serves a model. */
export class Endpoint {
  readonly name: string
  readonly #api: Api

  constructor(api: Api, name: string) {
    this.#api = api
    this.name = name
  }

  /** Asks for predictions of rows (features by name). Throws `MillraceError`. */
  predict(rows: readonly Readonly<Record<string, unknown>>[], options: PredictOptions = {}): Promise<Predictions> {
    const { eventTimesMs, signal } = options
    return this.#api.request('POST', this.#path('predict'), { body: { rows, eventTimesMs }, signal })
  }

  /** Says what was true, by the ids of predictions; a later value corrects an earlier one. Gives how many rows it is for. */
  async groundTruth(
    labels: readonly { readonly id: string; readonly value: number | null }[],
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<number> {
    const { signal } = options
    const answer = await this.#api.request<{ rows: number }>('POST', this.#path('ground-truth'), {
      body: { labels },
      signal,
      repeatable: true,
    })
    return answer.rows
  }

  #path(what: string): string {
    return `/endpoints/${encodeURIComponent(this.name)}/${what}`
  }
}
