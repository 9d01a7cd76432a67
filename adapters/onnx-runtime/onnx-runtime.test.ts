import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createOnnxRunner } from './onnx-runtime.ts'
import { tinyModel } from './testing/testing.ts'

async function fileWith(bytes: Uint8Array): Promise<string> {
  const path = join(tmpdir(), `millrace-onnx-${process.pid}-${Math.random().toString(36).slice(2)}.onnx`)
  await writeFile(path, bytes)
  return path
}

describe('an ONNX model', () => {
  it('says its inputs and outputs and computes them', async () => {
    const runner = await createOnnxRunner({
      format: 'onnx',
      path: await fileWith(tinyModel({ weights: { a: 2, b: -1 }, bias: 0.5 })),
    })
    expect(runner.signature).toEqual({
      inputs: [
        { name: 'a', datatype: 'FP32', shape: [-1, 1] },
        { name: 'b', datatype: 'FP32', shape: [-1, 1] },
      ],
      outputs: [{ name: 'probability', datatype: 'FP32', shape: [-1, 1] }],
    })
    const column = (name: string, ...values: number[]) => ({
      name,
      datatype: 'FP32' as const,
      shape: [values.length, 1],
      data: Float32Array.from(values),
    })
    const [output] = await runner.run([column('a', 1, 0), column('b', 0, 3)])
    expect(output).toMatchObject({ name: 'probability', shape: [2, 1] })
    expect(Number(output?.data[0])).toBeCloseTo(1 / (1 + Math.exp(-2.5)), 6)
    expect(Number(output?.data[1])).toBeCloseTo(1 / (1 + Math.exp(2.5)), 6)
    await runner.close()
  })
  it.each([
    ['text', Buffer.from('this is no model')],
    ['nothing', Buffer.alloc(0)],
    ['a model that is cut off', Buffer.from(tinyModel({ weights: { a: 1 }, bias: 0 })).subarray(0, 60)],
  ])('is refused with a sentence when the file holds %s', async (_what, bytes) => {
    await expect(createOnnxRunner({ format: 'onnx', path: await fileWith(bytes) })).rejects.toThrow(
      /is no ONNX model that this runtime can load: .+\. Export it again/,
    )
  })
  it('is refused with a sentence when there is no file', async () => {
    await expect(createOnnxRunner({ format: 'onnx', path: '/nowhere/model.onnx' })).rejects.toThrow('is no ONNX model')
  })
})
