import { ref } from '@millrace/contract'
import { requireEndpoint } from '../../actions/require-endpoint.ts'
import type { LabelBody } from '../../model/log-files.ts'
import { endpointHashOf, parsePredictionId } from '../../model/prediction-id.ts'
import { servingProblem } from '../../model/serving-problems.ts'
import { ingest } from '../../store/serving-store.ts'
import type { FeedbackRow } from '../../store/tables.ts'
import type { Feedback } from '../model/experiment-endpoints.ts'
import * as contract from '../model/experiment-endpoints.ts'

/** Of a whole request, not of one of its rows. */
const wholeRequest = -1

/** Keeps feedback as it was sent; who answered is found out afterwards. What it says of the truth becomes ground truth. */
export const recordFeedback = ingest(contract.recordFeedback, async ({ store, input, workspace, nowMs }) => {
  const { name, items } = input
  const endpoint = await requireEndpoint(store, name)
  const hash = endpointHashOf(workspace, name)
  const rows = new Map<string, Omit<FeedbackRow, 'workspace'>>()
  const truths: { id: string; value: number | null }[] = []
  for (const item of items) {
    const parts = partsOf(item, name, hash)
    const row = parts.row ?? wholeRequest
    if (item.truth !== undefined) truths.push({ id: `${parts.requestId}.${parts.row ?? 0}`, value: item.truth })
    // Of one request, row and name in the same body the last one counts.
    if (item.value !== undefined || item.tags !== undefined)
      rows.set(JSON.stringify([parts.requestId, row, item.name]), rowOf(item, name, parts.requestId, row, nowMs))
  }
  await store.feedback.put([...rows.values()])
  if (truths.length > 0) {
    const ids = truths.map(({ id }) => id.slice(0, id.indexOf('.'))).toSorted()
    await store.labels.add({
      endpoint: name,
      rows: truths.length,
      received_at_ms: nowMs,
      event_time_ms: nowMs,
      min_request_id: ids[0] ?? '',
      max_request_id: ids.at(-1) ?? '',
      body: JSON.stringify({ batches: [], labels: truths } satisfies LabelBody),
    })
  }
  const digest = JSON.stringify(items)
  return {
    answer: { rows: items.length },
    counted: { source: ref('endpoint', endpoint.id), rows: items.length, digest },
  }
})

function partsOf({ id }: Feedback, name: string, hash: string) {
  const parts = parsePredictionId(id)
  if (parts === undefined) throw servingProblem['not-a-prediction-id']({ id })
  if (parts.endpointHash !== hash) throw servingProblem['other-endpoint']({ id, name })
  return parts
}

function rowOf(
  item: Feedback,
  endpoint: string,
  requestId: string,
  row: number,
  nowMs: number,
): Omit<FeedbackRow, 'workspace'> {
  return {
    endpoint,
    request_id: requestId,
    row_number: row,
    name: item.name,
    value: item.value ?? null,
    unit: item.unit ?? null,
    tags: item.tags === undefined ? null : JSON.stringify(item.tags),
    received_at_ms: nowMs,
    attributed: 0,
    deployment_id: null,
    context_id: null,
    context_step: null,
  }
}
