import type { PredictRequest, Tensor, TensorData } from '@millrace/model-serving/plane'
import { elementCount, isTexts } from '@millrace/model-serving/plane'
import { numberOfHalf } from '@millrace/model-serving/wire'
import { inferenceProblem } from './inference-problem.ts'
import type { Members } from './parse-body.ts'

/** An output that a request names. */
export interface AskedOutput {
  readonly name: string
  readonly binary: boolean
  /** Of the classification extension: so many greatest values, as `value:index` texts. */
  readonly classes?: number
}

/** How a request wants its answer. */
export interface InferWish {
  /** The caller's own id, to be echoed. */
  readonly id?: string
  /** Outputs asked for, in this order; absent: all. */
  readonly outputs?: readonly AskedOutput[]
  /** True when outputs that say nothing themselves are to come as binary data. */
  readonly binaryOutput: boolean
}

/** The outputs to send, classified where that was asked for. Throws `open-inference/invalid-request` for an unknown one. */
export function chooseOutputs(
  { outputs, binaryOutput }: Pick<InferWish, 'outputs' | 'binaryOutput'>,
  given: readonly Tensor[],
): { output: Tensor; binary: boolean }[] {
  if (outputs === undefined) return given.map((output) => ({ output, binary: binaryOutput }))
  return outputs.map(({ name, binary, classes }) => {
    const output = given.find((candidate) => candidate.name === name)
    if (output !== undefined) return { output: classes === undefined ? output : classified(output, classes), binary }
    const has = given.map((candidate) => `"${candidate.name}"`).join(', ')
    throw inferenceProblem['invalid-request']({ what: `the model has no output "${name}"; it has ${has}` })
  })
}

/** Number of classes that an output's `classification` parameter asks for. Throws `open-inference/invalid-request`. */
export function classesOf(parameters: Members, name: string): { classes?: number } {
  const classes = parameters['classification']
  if (classes === undefined || classes === 0) return {}
  if (Number.isSafeInteger(classes) && (classes as number) > 0) return { classes: classes as number }
  throw inferenceProblem['invalid-request']({
    what: `the "classification" of the output "${name}" must be how many classes to give`,
  })
}

/** The `k` greatest of each row, greatest first, as `value:index`: a BYTES tensor [rows, k], or [k] for one dimension. */
function classified(output: Tensor, k: number): Tensor {
  const { name, shape, data, datatype } = output
  if (isTexts(data)) {
    throw inferenceProblem['invalid-request']({ what: `the output "${name}" has texts, which cannot be classified` })
  }
  const rows = shape.length < 2 ? 1 : (shape[0] ?? 1)
  const width = rows === 0 ? 0 : elementCount(shape) / rows
  const most = Math.min(k, width)
  const texts: string[] = []
  for (let row = 0; row < rows; row += 1) {
    const values = Array.from({ length: width }, (_, column) =>
      valueAt(data, row * width + column, datatype === 'FP16'),
    )
    const order = values.map((_, column) => column).toSorted((a, b) => descending(values[a] ?? 0, values[b] ?? 0))
    for (const column of order.slice(0, most)) texts.push(`${said(values[column] ?? 0)}:${column}`)
  }
  return { name, datatype: 'BYTES', shape: shape.length < 2 ? [most] : [rows, most], data: texts }
}

function valueAt(data: Exclude<TensorData, readonly string[]>, index: number, isHalf: boolean): number | bigint {
  const value = data[index] ?? 0
  return isHalf ? numberOfHalf(Number(value)) : value
}

function descending(a: number | bigint, b: number | bigint): number {
  if (a === b) return 0
  return a > b || b !== b ? -1 : 1
}

/** Six decimals, as the field's servers write them. */
function said(value: number | bigint): string {
  return typeof value === 'bigint' || Number.isInteger(value) ? String(value) : value.toFixed(6)
}

/** What of a request's parameters is for the plane: event time, priority (1 first), timeout in microseconds. Throws `open-inference/invalid-request`. */
export function scheduleOf(parameters: Members): Pick<PredictRequest, 'eventTimeMs' | 'priority' | 'timeoutMs'> {
  const eventTimeMs = numberIn(parameters, 'event_time_ms')
  const priority = numberIn(parameters, 'priority')
  const timeoutUs = numberIn(parameters, 'timeout')
  return {
    ...(eventTimeMs === undefined ? {} : { eventTimeMs }),
    ...(priority === undefined || priority === 0 ? {} : { priority }),
    ...(timeoutUs === undefined || timeoutUs <= 0 ? {} : { timeoutMs: timeoutUs / 1000 }),
  }
}

function numberIn(parameters: Members, name: string): number | undefined {
  const value = parameters[name]
  if (value === undefined) return undefined
  if (typeof value === 'number') return value
  if (typeof value === 'bigint') return Number(value)
  throw inferenceProblem['invalid-request']({ what: `the parameter "${name}" must be a number` })
}
