import type { PlaneDeployment, PlaneEndpoint } from '../../model/plane-snapshot.ts'
import type { Signature, Tensor, TensorSpec } from '../../model/tensor.ts'
import { rowWidth } from '../../model/tensor.ts'
import type { SpoolColumn, SpoolStream } from '../log/spool-record.ts'
import type { SpoolWriter } from '../log/spool-writer.ts'
import type { FinishedBatch } from './batch-queue.ts'

export interface RecordBatchParts {
  readonly spool: SpoolWriter
  readonly nowMs: () => number
  readonly endpoint: PlaneEndpoint
  readonly deployment: PlaneDeployment
  readonly signature: Signature
}

/** Writes a deployment's finished batches into the prediction log, where the endpoint keeps one. */
export function recordBatch(parts: RecordBatchParts): (batch: FinishedBatch) => void {
  const { spool, nowMs, endpoint, deployment, signature } = parts
  if (!endpoint.logging) return () => {}
  const streams = new Map<string, SpoolStream>()
  return (batch) => {
    const { inputs, outputs, requests } = batch
    const widths = [...inputs, ...(outputs ?? [])].map(({ shape }) => rowWidth(shape)).join(',')
    const key = JSON.stringify([deployment.id, deployment.role, deployment.rollout, widths])
    let stream = streams.get(key)
    if (stream === undefined) streams.set(key, (stream = streamOf(parts, inputs, outputs ?? signature.outputs)))
    const atMs = performance.now()
    spool.append(key, stream, {
      loggedAtMs: nowMs(),
      status: outputs === undefined ? 500 : 200,
      requests: requests.map(({ id, rows, startedAtMs }) => ({ id, rows, latencyUs: (atMs - startedAtMs) * 1000 })),
      eventTimesMs: eventTimesOf(batch),
      inputs: inputs.map(({ data }) => data),
      outputs: outputs?.map(({ data }) => data),
    })
  }
}

function streamOf(
  { endpoint, deployment }: RecordBatchParts,
  inputs: readonly Tensor[],
  outputs: readonly TensorSpec[],
): SpoolStream {
  const { id, versionId, version, role, rollout } = deployment
  return {
    workspace: endpoint.workspace,
    endpoint: endpoint.name,
    deploymentId: id,
    versionId,
    version,
    role,
    rollout,
    inputs: inputs.map(columnOf),
    outputs: outputs.map(columnOf),
  }
}

function columnOf({ name, datatype, shape }: TensorSpec): SpoolColumn {
  return { name, datatype, width: Math.abs(rowWidth(shape)) }
}

function eventTimesOf({ requests, rows }: FinishedBatch): Float64Array {
  const [first] = requests
  if (requests.length === 1 && first?.eventTimesMs !== undefined) return first.eventTimesMs
  const times = new Float64Array(rows)
  let row = 0
  for (const request of requests) {
    if (request.eventTimesMs === undefined) times.fill(request.arrivedAtMs, row, row + request.rows)
    else times.set(request.eventTimesMs, row)
    row += request.rows
  }
  return times
}
