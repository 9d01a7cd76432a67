import type { IncomingHttpHeaders } from 'node:http'
import type {
  AnsweringModel,
  PredictRequest,
  PredictResult,
  RawAnswer,
  RawPrediction,
  Tensor,
  TensorSpec,
  WireAnswer,
} from '@millrace/model-serving/plane'
import { elementCount } from '@millrace/model-serving/plane'
import { numberOfHalf } from '@millrace/model-serving/wire'
import { scheduleOf } from './infer-wish.ts'
import type { Members } from './parse-body.ts'
import { membersOfBody, parametersOf } from './parse-body.ts'
import { readMembers } from './read-infer-request.ts'
import { tensorOfJson } from './tensor-of-json.ts'
import { writeInferResponse } from './write-infer-response.ts'

/** How answers go out: one JSON object, or server-sent events. */
export type GenerateForm = 'json' | 'events'

/**
 * Reads a request of the generate extension: flat JSON whose members are the model's inputs by name. A body with a list
 * of `inputs` is an infer request, as MLServer has it. Models that read requests themselves get the body as it is.
 */
export function readGenerate(
  body: Uint8Array,
  headers: IncomingHttpHeaders,
  model: AnsweringModel,
  form: GenerateForm,
): PredictRequest | RawPrediction {
  const request = membersOfBody(body)
  if (Array.isArray(request['inputs'])) return readAsInfer(request, body, form)
  if (model.takesRaw) return readAsRaw(request, body, headers, form)
  const tensors = model.signature.inputs
    .filter(({ name }) => request[name] !== undefined)
    .map((spec) => tensorOf(spec, request[spec.name]))
  const id = typeof request['id'] === 'string' ? { id: request['id'] } : {}
  return {
    tensors,
    ...scheduleOf(parametersOf(request)),
    write: (result: PredictResult) => said({ ...id, ...headOf(result), ...outputsOf(result) }, form),
  }
}

function readAsInfer(request: Members, body: Uint8Array, form: GenerateForm): PredictRequest {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8')
  const { tensors, outputs, binaryOutput: _json, ...wish } = readMembers(request, text)
  const asked = outputs?.map((output) => ({ ...output, binary: false }))
  return {
    ...wish,
    tensors,
    write: (result) => {
      const answer = writeInferResponse(
        { ...wish, ...(asked === undefined ? {} : { outputs: asked }), binaryOutput: false },
        result,
      )
      return form === 'json' || typeof answer.body !== 'string' ? answer : events(`data: ${answer.body}\n\n`)
    },
  }
}

function readAsRaw(
  request: Members,
  body: Uint8Array,
  headers: IncomingHttpHeaders,
  form: GenerateForm,
): RawPrediction {
  const passed: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) if (typeof value === 'string') passed[name] = value
  const route = form === 'json' ? 'generate' : 'generate_stream'
  const id = typeof request['id'] === 'string' ? { id: request['id'] } : {}
  return {
    raw: { route, headers: passed, body },
    write: (answer, made) => {
      const head = { ...id, ...headOf(made) }
      if (answer.status >= 400) return { status: answer.status, headers: answer.headers, body: answer.body }
      if (form === 'json') return whole(answer, head)
      if ((answer.headers['content-type'] ?? '').startsWith('text/event-stream')) {
        return events(answer.body)
      }
      return events(eventsOf(answer.body, head))
    },
  }
}

function headOf({ endpoint, version }: Pick<PredictResult, 'endpoint' | 'version'>) {
  return { model_name: endpoint, model_version: String(version) }
}

/** A single value is the tensor's whole, a list its elements. */
function tensorOf(spec: TensorSpec, value: unknown): Tensor {
  const data: readonly unknown[] = Array.isArray(value) ? value.flat(8) : [value]
  const known = elementCount(spec.shape.filter((size) => size !== -1))
  const first = spec.shape.indexOf(-1)
  const rest = known === 0 ? 0 : data.length / known
  const shape = spec.shape.map((size, axis) => (size !== -1 ? size : axis === spec.shape.lastIndexOf(-1) ? rest : 1))
  const oneRow = first === 0 && spec.shape.length === 1 ? [data.length] : shape
  return tensorOfJson({ name: spec.name, datatype: spec.datatype, shape: oneRow }, data)
}

function outputsOf({ outputs }: PredictResult): Record<string, unknown> {
  return Object.fromEntries(
    outputs.map(({ name, data, datatype }) => {
      const values: unknown[] = []
      for (const value of data) values.push(typeof value === 'string' ? value : plain(value, datatype === 'FP16'))
      return [name, values.length === 1 ? values[0] : values]
    }),
  )
}

function plain(value: number | bigint, isHalf: boolean): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  return isHalf ? numberOfHalf(value) : value
}

function said(value: Members, form: GenerateForm): WireAnswer {
  const text = JSON.stringify(value)
  if (form === 'events') return events(`data: ${text}\n\n`)
  return { status: 200, headers: { 'content-type': 'application/json' }, body: text }
}

function events(body: WireAnswer['body']): WireAnswer {
  return { status: 200, headers: { 'content-type': 'text/event-stream; charset=utf-8' }, body }
}

/** The model's own answer as one object: its JSON, or its text as `text_output`. */
function whole({ body }: RawAnswer, head: Members): WireAnswer {
  const headers = { 'content-type': 'application/json' }
  if (body instanceof Uint8Array) return { status: 200, headers, body: JSON.stringify(pieceOf(body, head)) }
  return { status: 200, headers, body: joined(body, head) }
}

async function* joined(body: AsyncIterable<Uint8Array>, head: Members): AsyncGenerator<string> {
  yield JSON.stringify(pieceOf(Buffer.concat(await Array.fromAsync(body)), head))
}

/** Each piece of the model's answer as an event. What goes wrong in the middle is an event too: the head has gone out. */
async function* eventsOf(body: RawAnswer['body'], head: Members): AsyncGenerator<string> {
  try {
    if (body instanceof Uint8Array) yield `data: ${JSON.stringify(pieceOf(body, head))}\n\n`
    else for await (const piece of body) yield `data: ${JSON.stringify(pieceOf(piece, head))}\n\n`
  } catch (error) {
    yield `data: ${JSON.stringify({ error: error instanceof Error ? error.message : String(error) })}\n\n`
  }
}

function pieceOf(bytes: Uint8Array, head: Members): Members {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
  const value = jsonObject(text)
  return value === undefined ? { ...head, text_output: text } : { ...head, ...value }
}

function jsonObject(text: string): Members | undefined {
  if (!text.trimStart().startsWith('{')) return undefined
  try {
    return JSON.parse(text) as Members // an object, by its first character
  } catch {
    return undefined
  }
}
