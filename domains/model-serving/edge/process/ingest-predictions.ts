import { join } from 'node:path'
import type { InputOf } from '@millrace/contract'
import type { CallContext, Runtime } from '@millrace/kernel'
import { readVersionById } from '@millrace/model-registry'
import { readEndpoint } from '../../actions/read-endpoints.ts'
import { servingProblem } from '../../model/serving-problems.ts'
import { endpointHashOf, parsePredictionId } from '../../model/prediction-id.ts'
import type { TensorData, TensorSpec } from '../../model/tensor.ts'
import { newTensorData, rowWidth } from '../../model/tensor.ts'
import { spoolRoot } from '../../process/log/log-folders.ts'
import type { SpoolStream } from '../../process/log/spool-record.ts'
import { createSpoolWriter } from '../../process/log/spool-writer.ts'
import { logReads } from '../../store/log-reads.ts'
import type { ingestPredictions } from '../model/edge-endpoints.ts'

type Input = InputOf<typeof ingestPredictions>
type Rows = Input['rows']

/** Takes rows of other places into the log. */
export type IngestPredictions = (input: Input, context: CallContext) => Promise<{ taken: number; known: number }>

/**
 * Makes it. What is taken is on disk, in a spool file of its own, before the answer. Calls go one after the other and look
 * at all that is logged first, so that a row sent again is known, also after a crash between writing and answering.
 */
export function createIngest(runtime: Runtime, keeper: { flush(): Promise<void> }): IngestPredictions {
  let last: Promise<unknown> = Promise.resolve()
  return (input, context) => {
    const next = last.then(() => ingest(runtime, keeper, input, context))
    last = next.catch(() => {})
    return next
  }
}

async function ingest(runtime: Runtime, keeper: { flush(): Promise<void> }, input: Input, context: CallContext) {
  const { model } = await runtime.runner.ask(readEndpoint, { name: input.name }, context)
  checkIds(input, context.workspace)
  if (input.versionId !== null) {
    const version = await runtime.runner.ask(readVersionById, { id: input.versionId }, context)
    if (version.model !== model)
      throw servingProblem['other-model']({ name: input.name, model, versionModel: version.model })
  }
  await keeper.flush()
  const known = await knownIds(runtime, input, context)
  const seen = new Set<string>()
  const rows = input.rows.filter(({ id }) => !known.has(id) && !seen.has(id) && seen.add(id))
  if (rows.length > 0) write(runtime, input, rows, context.workspace)
  return { taken: rows.length, known: input.rows.length - rows.length }
}

/** Each row is a request of its own, so its id ends in `.0`. */
function checkIds({ rows, name }: Input, workspace: string): void {
  const hash = endpointHashOf(workspace, name)
  for (const { id } of rows) {
    const parts = parsePredictionId(id)
    if (parts?.row !== 0) throw servingProblem['not-a-prediction-id']({ id })
    if (parts.endpointHash !== hash) throw servingProblem['other-endpoint']({ id, name })
  }
}

async function knownIds(runtime: Runtime, { name, rows }: Input, { workspace }: CallContext): Promise<Set<string>> {
  const ids = rows.map(({ id }) => id.slice(0, -2)).toSorted()
  const [low, high] = [ids[0], ids.at(-1)]
  if (low === undefined || high === undefined) return new Set()
  const files = await logReads(runtime.database.reader, workspace).filesBetween(name, low, high)
  if (files.length === 0) return new Set()
  const paths = files.map(({ path }) => `'${join(runtime.dataDir, path).replaceAll("'", "''")}'`).join(', ')
  // The ids were checked: they hold no quotes.
  const found = await runtime.analytics.rows(
    `select prediction_id from read_parquet([${paths}], union_by_name = true, hive_partitioning = false)
     where request_id in (${ids.map((id) => `'${id}'`).join(', ')})`,
  )
  return new Set(found.map((row) => row['prediction_id']).filter((id) => typeof id === 'string'))
}

function write(runtime: Runtime, { name, version, versionId, signature }: Input, rows: Rows, workspace: string): void {
  const stream: SpoolStream = {
    workspace,
    endpoint: name,
    deploymentId: 'edge',
    versionId: versionId ?? 'edge',
    version: version ?? 0,
    role: 'champion',
    rollout: null,
    inputs: signature.inputs.map(columnOf),
    outputs: signature.outputs.map(columnOf),
  }
  const folder = join(spoolRoot(runtime.dataDir), runtime.newId('edge'))
  const writer = createSpoolWriter({ folder, nowMs: runtime.nowMs, onClosed: () => {} })
  writer.append('edge', stream, {
    loggedAtMs: runtime.nowMs(),
    status: 200,
    requests: rows.map(({ id, latencyUs }) => ({ id: id.slice(0, -2), rows: 1, latencyUs })),
    eventTimesMs: Float64Array.from(rows, ({ atMs }) => atMs),
    inputs: signature.inputs.map((spec) => dataOf(spec, rows, 'inputs')),
    outputs: signature.outputs.map((spec) => dataOf(spec, rows, 'outputs')),
  })
  writer.close()
}

const widthOf = ({ shape }: TensorSpec) => Math.max(1, Math.abs(rowWidth(shape)))
const columnOf = (spec: TensorSpec) => ({ name: spec.name, datatype: spec.datatype, width: widthOf(spec) })

function dataOf(spec: TensorSpec, rows: Rows, side: 'inputs' | 'outputs'): TensorData {
  const width = widthOf(spec)
  const data = newTensorData(spec.datatype, rows.length * width)
  const isFloat = data instanceof Float32Array || data instanceof Float64Array
  for (const [row, one] of rows.entries()) {
    const value = one[side][spec.name]
    const list: unknown[] = Array.isArray(value) ? value.flat(8) : [value]
    for (let at = 0; at < width; at += 1) {
      // What does not fit its column says nothing: NaN, 0 or ''.
      ;(data as unknown[])[row * width + at] = elementOf(list[at], data, isFloat)
    }
  }
  return data
}

function elementOf(value: unknown, data: TensorData, isFloat: boolean): unknown {
  if (Array.isArray(data)) return typeof value === 'string' ? value : ''
  const number = typeof value === 'number' || typeof value === 'boolean' ? Number(value) : Number.NaN
  if (data instanceof BigInt64Array || data instanceof BigUint64Array)
    return Number.isInteger(number) ? BigInt(number) : 0n
  return isFloat ? number : number || 0
}
