import { ref } from '@millrace/contract'
import * as contract from '../contract.ts'
import type { LabelBody } from '../model/log-files.ts'
import { endpointHashOf, parsePredictionId } from '../model/prediction-id.ts'
import { ingest } from '../store/serving-store.ts'
import { requireEndpoint } from './require-endpoint.ts'

/** Keeps ground truth as it was sent: durable with the commit, joined with its predictions afterwards. */
export const recordGroundTruth = ingest(contract.recordGroundTruth, async ({ store, input, workspace, nowMs }) => {
  const { name, batches, labels, receivedEventTimeMs } = input
  const endpoint = await requireEndpoint(store, name)
  const range = rangeOf({ batches, labels }, { name, hash: endpointHashOf(workspace, name) })
  const rows = batches.reduce((sum, { values }) => sum + values.length, labels.length)
  const body = JSON.stringify({ batches, labels } satisfies LabelBody)
  if (range !== undefined) {
    await store.labels.add({
      endpoint: name,
      rows,
      body,
      received_at_ms: nowMs,
      event_time_ms: receivedEventTimeMs ?? nowMs,
      min_request_id: range[0],
      max_request_id: range[1],
    })
  }
  return { answer: { rows }, counted: { source: ref('endpoint', endpoint.id), rows, digest: body } }
})

/** The least and greatest request named. Throws when an id is none, lacks its row, or is another endpoint's. */
function rangeOf(body: LabelBody, of: { readonly name: string; readonly hash: string }): [string, string] | undefined {
  let range: [string, string] | undefined
  const take = (id: string, needsRow: boolean) => {
    const parts = parsePredictionId(id)
    if (parts === undefined || (parts.row !== undefined) !== needsRow) {
      throw contract.servingProblem['not-a-prediction-id']({ id })
    }
    if (parts.endpointHash !== of.hash) throw contract.servingProblem['other-endpoint']({ id, name: of.name })
    const { requestId } = parts
    if (range === undefined) range = [requestId, requestId]
    else if (requestId < range[0]) range[0] = requestId
    else if (requestId > range[1]) range[1] = requestId
  }
  for (const { id } of body.batches) take(id, false)
  for (const { id } of body.labels) take(id, true)
  return range
}
