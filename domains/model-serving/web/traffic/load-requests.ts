import type { Prediction } from '@millrace/model-serving/contract'
import type { Api } from '@millrace/ui/data'

/** Which logged predictions are wanted. */
export interface RequestsAsked {
  /** Words within a row of the page that was read. */
  readonly text: string
  readonly versionId: string
  /** Newer than so many hours; empty for all. */
  readonly hours: string
  readonly page: string
}

const PAGE = 100
const HOUR_MS = 3_600_000

/** Reads a page of the log and keeps the rows that hold the words. */
export async function loadRequests(api: Api, endpoint: string, asked: RequestsAsked, signal: AbortSignal) {
  const query = {
    limit: PAGE,
    versionId: asked.versionId === '' ? undefined : asked.versionId,
    fromMs: asked.hours === '' ? undefined : Date.now() - Number(asked.hours) * HOUR_MS,
    pageToken: asked.page === '' ? undefined : asked.page,
  }
  const path = `endpoints/${encodeURIComponent(endpoint)}/predictions`
  const { items, nextPageToken } = await api.get<{ items: readonly Prediction[]; nextPageToken?: string }>(path, {
    query,
    signal,
  })
  const words = asked.text.toLowerCase()
  const holds = ({ id, requestId, caller, inputs, outputs }: Prediction) =>
    JSON.stringify([id, requestId, caller, inputs, outputs]).toLowerCase().includes(words)
  return { items: words === '' ? items : items.filter(holds), read: items.length, next: nextPageToken ?? null }
}
