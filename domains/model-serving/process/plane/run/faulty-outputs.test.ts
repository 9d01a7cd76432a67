import { describe, expect, it } from 'vitest'
import type { Tensor } from '../../../model/tensor.ts'
import { faultyOutputs, onlyNaN } from './faulty-outputs.ts'

const signature = { inputs: [], outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 2] }] } as const
const output = (shape: readonly number[], ...values: number[]): Tensor => ({
  name: 'y',
  datatype: 'FP32',
  shape,
  data: Float32Array.from(values),
})

describe('a model’s outputs', () => {
  it.each([
    ['are missing', [], /gave 0 outputs where it promises 1/],
    ['have another shape', [output([2, 3], 1, 2, 3, 4, 5, 6)], /has shape \[2, 3\] where it promises \[-1, 2\]/],
    ['have fewer dimensions', [output([4], 1, 2, 3, 4)], /has shape \[4\]/],
    ['lack rows', [output([1, 2], 1, 2)], /has 1 rows for 2 rows of input/],
    ['lack elements', [output([2, 2], 1, 2, 3)], /has 3 elements for its shape/],
  ])('that %s are its fault', (_what, outputs, sentence) => {
    expect(faultyOutputs(signature, outputs, 2)).toMatchObject({
      status: 500,
      message: expect.stringMatching(sentence) as string,
    })
  })
  it('that are as promised are not', () => {
    expect(faultyOutputs(signature, [output([2, 2], 1, 2, 3, 4)], 2)).toBeUndefined()
    expect(faultyOutputs(signature, [output([3, 2], 1, 2, 3, 4, 5, 6)], undefined)).toBeUndefined()
  })
  it('that are nothing but NaN are its fault, unless NaN was asked about', () => {
    const [nan, one] = [output([1, 1], Number.NaN), output([1, 1], 1)]
    expect(onlyNaN([one], [nan])).toMatchObject({ status: 500 })
    expect(onlyNaN([nan], [nan])).toBeUndefined()
    expect(onlyNaN([one], [nan, one])).toBeUndefined()
    expect(onlyNaN([one], [])).toBeUndefined()
    expect(onlyNaN([one], [{ name: 'y', datatype: 'INT64', shape: [1], data: BigInt64Array.of(1n) }])).toBeUndefined()
  })
})
