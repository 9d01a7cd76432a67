import type { RunDocument, RunSearch } from '@millrace/experiment-tracking/reading'
import { dataOfRuns, findPage, modelsOfRuns, readDocuments } from '@millrace/experiment-tracking/reading'
import type { ReadContext } from '@millrace/kernel'
import { datasetInput, runStatuses } from '../wire/entities.ts'

/** A search as it goes to a reader thread. */
interface PageInput {
  readonly search: RunSearch
  readonly nowMs: number
}

const runsAtOnce = 500

/** Reads that answer in MLflow's form. The lists of a run are stored as text in that form, so that bytes are only joined. */
export const reads = {
  /** The answer of `runs/search`, as JSON. */
  searchRuns: async (context: ReadContext, input: PageInput): Promise<{ bytes: Uint8Array }> => {
    const { ids, nextPageToken } = await findPage(context, input)
    const out = new JsonBytes()
    out.text('{')
    if (ids.length > 0) out.text('"runs":[')
    for (let start = 0; start < ids.length; start += runsAtOnce) {
      const slice = ids.slice(start, start + runsAtOnce)
      await writeRuns(context, input.search.workspace, slice, out)
    }
    if (ids.length > 0) out.text(']')
    if (nextPageToken !== undefined) {
      out.text(`${ids.length > 0 ? ',' : ''}"next_page_token":${JSON.stringify(nextPageToken)}`)
    }
    out.text('}')
    return { bytes: out.bytes() }
  },
}

async function writeRuns(
  context: ReadContext,
  workspace: string,
  ids: readonly string[],
  out: JsonBytes,
): Promise<void> {
  const documents = await readDocuments(context, workspace, ids)
  const data = await dataOfRuns(context, workspace, ids)
  const models = await modelsOfRuns(context, workspace, ids)
  for (const document of documents) {
    if (!out.endsWith('[')) out.text(',')
    const inputs = data.get(document.id) ?? []
    const outputs = (models.get(document.id) ?? []).filter(({ role }) => role === 'output')
    out.text(`{"info":${infoOf(document)},"data":{`)
    writeData(document, out)
    const dataInputs = inputs.length === 0 ? '' : `"dataset_inputs":${JSON.stringify(inputs.map(datasetInput))}`
    const made = outputs.map(({ modelId, step }) => ({ model_id: modelId, step }))
    const modelOutputs = made.length === 0 ? '' : `"model_outputs":${JSON.stringify(made)}`
    out.text(`},"inputs":{${dataInputs}},"outputs":{${modelOutputs}}}`)
  }
}

function writeData({ metrics, params, tags, name }: RunDocument, out: JsonBytes): void {
  if (metrics.length > 0) {
    out.text('"metrics":[')
    out.add(metrics)
    out.text('],')
  }
  if (params.length > 0) {
    out.text('"params":[')
    out.add(params)
    out.text('],')
  }
  out.text('"tags":[')
  if (tags.length > 0) {
    out.add(tags)
    out.text(',')
  }
  // MLflow keeps a run's name as a tag, too.
  out.text(`{"key":"mlflow.runName","value":${JSON.stringify(name)}}]`)
}

function infoOf(run: RunDocument): string {
  const id = JSON.stringify(run.id)
  const start = run.startedAtMs === null ? '' : `,"start_time":${run.startedAtMs}`
  const end = run.endedAtMs === null ? '' : `,"end_time":${run.endedAtMs}`
  const status = runStatuses[run.status as keyof typeof runStatuses] // the store holds no other
  return `{"run_uuid":${id},"experiment_id":"${run.experiment}","run_name":${JSON.stringify(run.name)},"user_id":${JSON.stringify(run.user)},"status":"${status}"${start}${end},"artifact_uri":${JSON.stringify(run.artifactRoot)},"lifecycle_stage":"${run.deleted ? 'deleted' : 'active'}","run_id":${id}}`
}

/** JSON text in the making: pieces of text and bytes, joined at the end. */
class JsonBytes {
  readonly #parts: Uint8Array[] = []
  #pending = ''
  #last = ''

  text(text: string): void {
    this.#pending += text
    this.#last = text
  }

  add(piece: Uint8Array | string): void {
    if (typeof piece === 'string') {
      this.text(piece)
      return
    }
    this.#flush()
    this.#parts.push(piece)
    this.#last = ''
  }

  endsWith(text: string): boolean {
    return this.#last.endsWith(text)
  }

  bytes(): Uint8Array {
    this.#flush()
    // Not from the pool: these bytes are handed to another thread.
    const length = this.#parts.reduce((sum, part) => sum + part.length, 0)
    const joined = new Uint8Array(length)
    let at = 0
    for (const part of this.#parts) {
      joined.set(part, at)
      at += part.length
    }
    return joined
  }

  #flush(): void {
    if (this.#pending === '') return
    this.#parts.push(Buffer.from(this.#pending))
    this.#pending = ''
  }
}
