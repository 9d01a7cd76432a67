import type { PlaneDeployment, PlaneEndpoint } from '../../../model/plane-snapshot.ts'
import type { Signature, Tensor, TensorData, TensorSpec } from '../../../model/tensor.ts'
import { isTexts, rowWidth } from '../../../model/tensor.ts'
import { pointOf } from '../../../model/traffic-split.ts'
import type { SpoolColumn, SpoolStream } from '../../log/spool-record.ts'
import type { SpoolWriter } from '../../log/spool-writer.ts'
import type { FinishedBatch, QueuedRequest } from './batch-queue.ts'
import { mergeInputs, rowsOf } from './rows-of-batch.ts'

export interface RecordBatchParts {
  readonly spool: SpoolWriter
  readonly nowMs: () => number
  readonly endpoint: PlaneEndpoint
  readonly deployment: PlaneDeployment
  readonly signature: Signature
}

/** Writes a deployment's finished batches into the prediction log, where the endpoint keeps one. */
export function recordBatch(parts: RecordBatchParts): (batch: FinishedBatch) => void {
  const { logging } = parts.endpoint
  if (!logging.enabled || logging.sampleRate <= 0) return () => {}
  const { spool, nowMs } = parts
  const streamFor = streamsOf(parts)
  const redacted = new Set(logging.redact)
  const valuesOf = ({ name, data }: Tensor) => (redacted.has(name) ? blankOf(data) : data)
  return (whole) => {
    const batch = logging.sampleRate >= 1 ? whole : sampleOf(whole, logging.sampleRate)
    if (batch === undefined) return
    const { inputs, outputs, requests } = batch
    const { key, stream } = streamFor(inputs, outputs)
    const atMs = performance.now()
    spool.append(key, stream, {
      loggedAtMs: nowMs(),
      status: outputs === undefined ? 500 : 200,
      requests: requests.map(({ id, rows, startedAtMs, caller, traceId }) => ({
        id,
        rows,
        latencyUs: (atMs - startedAtMs) * 1000,
        caller,
        traceId,
      })),
      eventTimesMs: eventTimesOf(batch),
      inputs: inputs.map(valuesOf),
      outputs: outputs?.map(valuesOf),
    })
  }
}

interface Known {
  readonly key: string
  readonly stream: SpoolStream
  readonly widths: readonly number[]
}

/** The stream of batches whose columns are this wide: mostly the same as of the batch before. */
function streamsOf(parts: RecordBatchParts) {
  const known: Known[] = []
  const { deployment, signature } = parts
  let last: Known | undefined
  return (inputs: readonly Tensor[], outputs: readonly Tensor[] | undefined): Known => {
    if (last !== undefined && isAsWide(last.widths, inputs, outputs)) return last
    last = known.find(({ widths }) => isAsWide(widths, inputs, outputs))
    if (last !== undefined) return last
    const widths = [...inputs, ...(outputs ?? [])].map(({ shape }) => rowWidth(shape))
    const { sampleRate } = parts.endpoint.logging
    const key = JSON.stringify([deployment.id, deployment.role, deployment.rollout, widths.join(','), sampleRate])
    known.push((last = { key, stream: streamOf(parts, inputs, outputs ?? signature.outputs), widths }))
    return last
  }
}

function isAsWide(widths: readonly number[], inputs: readonly Tensor[], outputs: readonly Tensor[] = []): boolean {
  if (widths.length !== inputs.length + outputs.length) return false
  for (let at = 0; at < widths.length; at += 1) {
    const tensor = at < inputs.length ? inputs[at] : outputs[at - inputs.length]
    let width = 1
    const shape = tensor?.shape ?? []
    for (let axis = 1; axis < shape.length; axis += 1) width *= shape[axis] ?? 1
    if (width !== widths[at]) return false
  }
  return true
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
    ...(endpoint.logging.sampleRate < 1 ? { sampleRate: endpoint.logging.sampleRate } : {}),
  }
}

function columnOf({ name, datatype, shape }: TensorSpec): SpoolColumn {
  return { name, datatype, width: Math.abs(rowWidth(shape)) }
}

/** The requests that the sample takes, by a hash of their ids; undefined when it takes none. */
function sampleOf(batch: FinishedBatch, rate: number): FinishedBatch | undefined {
  const taken: QueuedRequest[] = []
  const outputs: (readonly Tensor[])[] = []
  let rows = 0
  let at = 0
  for (const request of batch.requests) {
    if (pointOf(request.id) < rate) {
      taken.push(request)
      rows += request.rows
      if (batch.outputs !== undefined) outputs.push(rowsOf(batch.outputs, at, request.rows))
    }
    at += request.rows
  }
  if (taken.length === batch.requests.length) return batch
  if (taken.length === 0) return undefined
  const merged = mergeInputs(
    outputs.map((own) => ({ inputs: own, rows: 0, eventTimesMs: undefined })),
    rows,
  )
  return { requests: taken, rows, inputs: mergeInputs(taken, rows), outputs: batch.outputs && merged }
}

/** As many elements that say nothing: NaN where the type has it, else 0 or ''. */
function blankOf(data: TensorData): TensorData {
  if (isTexts(data)) return data.map(() => '')
  if (data instanceof Float32Array || data instanceof Float64Array) return data.slice().fill(Number.NaN)
  const blank = data.slice()
  if (blank instanceof BigInt64Array || blank instanceof BigUint64Array) return blank.fill(0n)
  return blank.fill(0)
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
