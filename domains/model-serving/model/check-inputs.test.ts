import { describe, expect, it } from 'vitest'
import { checkInputs } from './check-inputs.ts'
import type { Datatype, Signature, Tensor, TensorData } from './tensor.ts'

const signature: Signature = {
  inputs: [
    { name: 'hour', datatype: 'FP32', shape: [-1, 1] },
    { name: 'carrier', datatype: 'BYTES', shape: [-1, 1] },
  ],
  outputs: [{ name: 'p', datatype: 'FP32', shape: [-1, 1] }],
}
const tensor = (name: string, datatype: Datatype, shape: number[], data: TensorData): Tensor => ({
  name,
  datatype,
  shape,
  data,
})
const hour = tensor('hour', 'FP32', [2, 1], Float32Array.of(1, Number.NaN))
const carrier = tensor('carrier', 'BYTES', [2, 1], ['AA', 'DL'])

describe('checking inputs', () => {
  it('puts them in the signature’s order and leaves NaN as it is', () => {
    expect(checkInputs(signature, [carrier, hour])).toEqual({
      inputs: [hour, carrier],
      rows: 2,
      eventTimesMs: undefined,
    })
  })
  it('takes event times as an extra input or as one parameter, and gives them to no model', () => {
    const times = tensor('event_time_ms', 'INT64', [2, 1], BigInt64Array.of(5n, 6n))
    expect(checkInputs(signature, [hour, times, carrier]).eventTimesMs).toEqual(Float64Array.of(5, 6))
    expect(checkInputs(signature, [hour, carrier], 9).eventTimesMs).toEqual(Float64Array.of(9, 9))
    const own: Signature = {
      ...signature,
      inputs: [...signature.inputs, { name: 'event_time_ms', datatype: 'INT64', shape: [-1, 1] }],
    }
    expect(checkInputs(own, [hour, carrier, times]).inputs).toHaveLength(3)
  })
  it.each([
    ['a missing input', [hour], 'The input "carrier" is missing. The model takes "hour", "carrier".'],
    [
      'an unknown one',
      [hour, carrier, { ...hour, name: 'hours' }],
      'The model has no input "hours". It takes "hour", "carrier".',
    ],
    ['one that is there twice', [hour, carrier, hour], 'The input "hour" is there twice.'],
    [
      'another datatype',
      [{ ...hour, datatype: 'FP64' as const, data: Float64Array.of(1, 2) }, carrier],
      'The input "hour" has datatype FP64; the model takes FP32.',
    ],
    [
      'another shape',
      [{ ...hour, shape: [2] }, carrier],
      'The input "hour" has shape [2]; the model takes [-1, 1], where -1 is any size from 1.',
    ],
    [
      'no rows',
      [{ ...hour, shape: [0, 1], data: Float32Array.of() }, carrier],
      'The input "hour" has shape [0, 1]; the model takes [-1, 1], where -1 is any size from 1.',
    ],
    [
      'a wrong count',
      [{ ...hour, data: Float32Array.of(1) }, carrier],
      'The input "hour" has 1 elements; its shape [2, 1] needs 2.',
    ],
    [
      'uneven rows',
      [hour, tensor('carrier', 'BYTES', [1, 1], ['AA'])],
      'The input "carrier" has 1 rows, but "hour" has 2. Each row needs all inputs.',
    ],
    [
      'event times of another datatype',
      [hour, carrier, tensor('event_time_ms', 'FP32', [2], Float32Array.of(1, 2))],
      'The event times cannot be used: the input "event_time_ms" has datatype FP32; send INT64 or FP64.',
    ],
    [
      'too few event times',
      [hour, carrier, tensor('event_time_ms', 'FP64', [1], Float64Array.of(1))],
      'The event times cannot be used: their shape is [1]; it must be [2] or [2, 1].',
    ],
    [
      'an event time that is none',
      [hour, carrier, tensor('event_time_ms', 'FP64', [2], Float64Array.of(1, Number.NaN))],
      'The event times cannot be used: NaN is not a time; send whole milliseconds since 1970, UTC.',
    ],
  ])('refuses %s with a sentence', (_what, tensors, sentence) => {
    expect(() => checkInputs(signature, tensors)).toThrow(sentence)
    expect(() => checkInputs(signature, tensors)).toThrow(expect.objectContaining({ status: 400 }))
  })
})
