import type { Api } from './http/api.ts'

export interface Predictions {
  /** Ground truth for row i is sent later under `<id>.<i>`. */
  readonly id: string
  readonly version: number
  readonly predictions: readonly { readonly id: string; readonly outputs: Readonly<Record<string, unknown>> }[]
}

/** Asks an endpoint for predictions. Throws `MillraceError`. */
export function predictWith(
  api: Api,
  endpoint: string,
  rows: readonly Readonly<Record<string, unknown>>[],
  options: { signal?: AbortSignal },
): Promise<Predictions> {
  const path = `/endpoints/${encodeURIComponent(endpoint)}/predict`
  return api.request('POST', path, { body: { rows }, signal: options.signal })
}
