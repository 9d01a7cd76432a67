// Goes into edge bundles for Node as `predict.mjs`, beside `edge-model.mjs` and the runtime's package.
import { createHash } from 'node:crypto'
import { appendFile, readFile, rename, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { BufferedPrediction, EdgeModel, EdgeProcessing, EdgeRuntime, PredictionBuffer } from './edge-model.ts'
import { loadEdgeModel } from './edge-model.ts'

/** Loads the bundle that this file lies in. `bufferFile` is where its prediction log waits; default beside the bundle's files. */
export function load(options: { readonly bufferFile?: string } = {}): Promise<EdgeModel> {
  // onnxruntime sends telemetry from 1.30 on unless this is set before it is loaded; a bundle talks to its own server alone.
  process.env['ORT_DISABLE_TELEMETRY'] ??= '1'
  const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))
  return loadEdgeModel({
    runtime: createRequire(import.meta.url)('onnxruntime-node') as EdgeRuntime, // the package's own form
    read: (path) => readFile(at(path)),
    digest: async (bytes) => createHash('sha256').update(bytes).digest('hex'),
    processing: async () => (await import(new URL('processing.mjs', import.meta.url).href)) as EdgeProcessing, // the user's
    buffer: fileBuffer(options.bufferFile ?? at('prediction-buffer.jsonl')),
  })
}

/** Lines of JSON; one call at a time, so that nothing is added between reading and rewriting. */
function fileBuffer(path: string): PredictionBuffer {
  let last: Promise<unknown> = Promise.resolve()
  const alone = <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work, work)
    last = next.catch(() => {})
    return next
  }
  const lines = async () => (await readFile(path, 'utf8').catch(() => '')).split('\n').filter((line) => line !== '')
  return {
    add: (rows) => alone(() => appendFile(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''))),
    peek: (most) => alone(async () => (await lines()).slice(0, most).flatMap(parse)),
    remove: (rows) =>
      alone(async () => {
        const gone = new Set(rows.map(({ id }) => id))
        const left = (await lines()).filter((line) => parse(line).some(({ id }) => !gone.has(id)))
        await writeFile(`${path}.tmp`, left.map((line) => `${line}\n`).join(''))
        await rename(`${path}.tmp`, path)
      }),
  }
}

/** A line that a power cut tore counts as not written. */
function parse(line: string): BufferedPrediction[] {
  try {
    return [JSON.parse(line) as BufferedPrediction] // as `add` wrote it
  } catch {
    return []
  }
}
