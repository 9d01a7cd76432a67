// Goes into edge bundles as it is, beside the runtime of the place: it imports nothing that runs.

/** What a bundle says of itself: `manifest.json`. */
export interface EdgeManifest {
  readonly format: 1
  /** `models:/flight-delay/3`, or the file's name. */
  readonly model: string
  readonly versionId: string | null
  readonly version: number | null
  /** Where the prediction log goes when the server is seen; null keeps none. */
  readonly log: EdgeLog | null
  readonly signature: { readonly inputs: readonly EdgeTensor[]; readonly outputs: readonly EdgeTensor[] }
  /** True where `processing.mjs` is part of the bundle. */
  readonly processing: boolean
  /** SHA-256 of every other file, hex, by path. */
  readonly files: Readonly<Record<string, string>>
}

export interface EdgeLog {
  readonly server: string
  readonly workspace: string
  readonly endpoint: string
  /** The four characters that stand for the endpoint in prediction ids. */
  readonly endpointHash: string
}

/** A tensor as the signature has it; the first dimension is the rows'. */
export interface EdgeTensor {
  readonly name: string
  readonly datatype: string
  readonly shape: readonly number[]
}

/** The part of onnxruntime's interface that is used; onnxruntime-node and onnxruntime-web both have it. */
export interface EdgeRuntime {
  readonly Tensor: new (type: string, data: unknown, shape: readonly number[]) => unknown
  readonly InferenceSession: { create(bytes: Uint8Array, options?: object): Promise<EdgeSession> }
}

export interface EdgeSession {
  run(
    feeds: Record<string, unknown>,
  ): Promise<Record<string, { readonly data: ArrayLike<unknown>; readonly dims: readonly number[] }>>
}

/** Pre- and post-processing: `processing.mjs` of a bundle may export either. */
export interface EdgeProcessing {
  readonly before?: (row: EdgeRow) => EdgeRow | Promise<EdgeRow>
  readonly after?: (outputs: EdgeRow, row: EdgeRow) => EdgeRow | Promise<EdgeRow>
}

export type EdgeRow = Readonly<Record<string, unknown>>

/** A row as it waits for the server. */
export interface BufferedPrediction {
  readonly id: string
  readonly atMs: number
  readonly latencyUs: number
  readonly inputs: EdgeRow
  readonly outputs: EdgeRow
}

/** Where predictions wait: a file, or IndexedDB. Oldest first. */
export interface PredictionBuffer {
  add(rows: readonly BufferedPrediction[]): Promise<void>
  peek(most: number): Promise<readonly BufferedPrediction[]>
  /** Forgets those that the server has. */
  remove(rows: readonly BufferedPrediction[]): Promise<void>
}

/** What a place gives: its runtime, its files, its digests, its buffer. */
export interface EdgePlace {
  readonly runtime: EdgeRuntime
  readonly read: (path: string) => Promise<Uint8Array>
  /** SHA-256, hex. */
  readonly digest: (bytes: Uint8Array) => Promise<string>
  readonly processing: () => Promise<EdgeProcessing>
  readonly buffer: PredictionBuffer
}

/** A loaded bundle. */
export interface EdgeModel {
  readonly manifest: EdgeManifest
  /** Predicts rows, offline. Throws a sentence where a row lacks a feature or has one of a wrong type. */
  predict(rows: readonly EdgeRow[]): Promise<{ readonly id: string; readonly outputs: EdgeRow }[]>
  /** Sends what is buffered; gives how many rows the server took. Rejects where it is not there: nothing is lost then. */
  sync(options?: { readonly token?: string; readonly server?: string }): Promise<number>
}

const syncRows = 500

/** Loads a bundle: every file is compared with its digest before the model runs. */
export async function loadEdgeModel(place: EdgePlace): Promise<EdgeModel> {
  const manifest = JSON.parse(new TextDecoder().decode(await place.read('manifest.json'))) as EdgeManifest // as the export wrote it
  let model = new Uint8Array()
  for (const [path, digest] of Object.entries(manifest.files)) {
    const bytes = await place.read(path)
    if ((await place.digest(bytes)) !== digest) {
      throw new Error(`${path} is not the file that was exported: its digest differs. Export the bundle again.`)
    }
    if (path === 'model.onnx') model = new Uint8Array(bytes)
  }
  const session = await place.runtime.InferenceSession.create(model)
  const processing = manifest.processing ? await place.processing() : {}
  const { log, signature } = manifest
  const context = { runtime: place.runtime, session, signature }
  return {
    manifest,
    predict: async (rows) => {
      const begun = performance.now()
      const fed: EdgeRow[] = []
      for (const row of rows) fed.push(processing.before === undefined ? row : await processing.before(row))
      const outputs: EdgeRow[] = []
      for (const [at, raw] of (await runRows(context, fed)).entries()) {
        outputs.push(processing.after === undefined ? raw : await processing.after(raw, rows[at] ?? {}))
      }
      const latencyUs = Math.round((performance.now() - begun) * 1000)
      const answers = outputs.map((each) => ({
        id: `${newId(Date.now(), log?.endpointHash ?? '0000')}.0`,
        outputs: each,
      }))
      if (log !== null) {
        const atMs = Date.now()
        await place.buffer.add(
          answers.map(({ id, outputs: of }, at) => ({ id, atMs, latencyUs, inputs: fed[at] ?? {}, outputs: of })),
        )
      }
      return answers
    },
    sync: (options = {}) =>
      log === null ? Promise.resolve(0) : syncAll(place.buffer, manifest, { ...log, ...options }),
  }
}

async function syncAll(
  buffer: PredictionBuffer,
  { version, versionId, signature }: EdgeManifest,
  to: EdgeLog & { readonly token?: string },
): Promise<number> {
  const path = `/api/millrace/v1/w/${encodeURIComponent(to.workspace)}/endpoints/${encodeURIComponent(to.endpoint)}/prediction-log`
  const authorization = to.token === undefined ? {} : { authorization: `Bearer ${to.token}` }
  let sent = 0
  for (;;) {
    const rows = await buffer.peek(syncRows)
    if (rows.length === 0) return sent
    const response = await fetch(to.server.replace(/\/$/, '') + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...authorization },
      body: JSON.stringify({ version, versionId, signature, rows }),
    })
    if (!response.ok)
      throw new Error(`The server answered ${response.status}: ${(await response.text()).slice(0, 300)}`)
    await buffer.remove(rows)
    sent += rows.length
  }
}

interface RunContext {
  readonly runtime: EdgeRuntime
  readonly session: EdgeSession
  readonly signature: EdgeManifest['signature']
}

async function runRows({ runtime, session, signature }: RunContext, rows: readonly EdgeRow[]): Promise<EdgeRow[]> {
  if (rows.length === 0) return []
  const feeds: Record<string, unknown> = {}
  for (const spec of signature.inputs) feeds[spec.name] = tensorOf(runtime, spec, rows)
  const results = await session.run(feeds)
  return rows.map((_, at) => {
    const outputs: Record<string, unknown> = {}
    for (const { name } of signature.outputs) {
      const result = results[name]
      if (result === undefined) continue
      const width = result.data.length / rows.length
      const values = Array.from({ length: width }, (__, index) => plain(result.data[at * width + index]))
      outputs[name] = width === 1 ? values[0] : values
    }
    return outputs
  })
}

const plain = (value: unknown) => (typeof value === 'bigint' ? Number(value) : value)

type Kind = readonly [ort: string, make: (values: readonly unknown[]) => unknown]

const numbers = (values: readonly unknown[]) => values.map(Number)
const kinds: Readonly<Record<string, Kind>> = {
  BOOL: ['bool', (values) => Uint8Array.from(values, (value) => (value === true || value === 1 ? 1 : 0))],
  UINT8: ['uint8', (values) => Uint8Array.from(numbers(values))],
  INT8: ['int8', (values) => Int8Array.from(numbers(values))],
  UINT16: ['uint16', (values) => Uint16Array.from(numbers(values))],
  INT16: ['int16', (values) => Int16Array.from(numbers(values))],
  UINT32: ['uint32', (values) => Uint32Array.from(numbers(values))],
  INT32: ['int32', (values) => Int32Array.from(numbers(values))],
  INT64: ['int64', (values) => BigInt64Array.from(numbers(values), BigInt)],
  UINT64: ['uint64', (values) => BigUint64Array.from(numbers(values), BigInt)],
  FP32: ['float32', (values) => Float32Array.from(numbers(values))],
  FP64: ['float64', (values) => Float64Array.from(numbers(values))],
  BYTES: ['string', (values) => values.map(String)],
}

function tensorOf(runtime: EdgeRuntime, { name, datatype, shape }: EdgeTensor, rows: readonly EdgeRow[]): unknown {
  const kind = kinds[datatype]
  if (kind === undefined) throw new Error(`This runtime has no tensors of ${datatype}, which "${name}" needs.`)
  const values = rows.flatMap((row, at) => {
    const value = row[name]
    if (value === undefined || value === null) {
      if (datatype === 'FP32' || datatype === 'FP64') return [Number.NaN]
      throw new Error(`Row ${at} lacks "${name}" (${datatype}).`)
    }
    const list: unknown[] = Array.isArray(value) ? value.flat(8) : [value]
    const wrong = list.find((each) => (datatype === 'BYTES') !== (typeof each === 'string'))
    if (wrong !== undefined)
      throw new Error(`Row ${at} has ${JSON.stringify(wrong)} for "${name}", which is ${datatype}.`)
    return list
  })
  const width = values.length / rows.length
  const fixed = shape.slice(1).every((size) => size > 0) ? shape.slice(1) : [width]
  const needed = fixed.reduce((product, size) => product * size, 1)
  if (shape.length > 0 && width !== needed)
    throw new Error(`"${name}" takes ${needed} values per row; these rows have ${width}.`)
  return new runtime.Tensor(kind[0], kind[1](values), shape.length < 2 ? [rows.length] : [rows.length, ...fixed])
}

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

/** A prediction id as the server makes them: time, endpoint, 60 random bits. */
function newId(nowMs: number, endpointHash: string): string {
  let time = ''
  for (let rest = nowMs; time.length < 9; rest = Math.floor(rest / 32)) time = alphabet.charAt(rest % 32) + time
  const random = [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => alphabet.charAt(byte & 31)).join('')
  return `pred_${time}${endpointHash}${random}`
}
