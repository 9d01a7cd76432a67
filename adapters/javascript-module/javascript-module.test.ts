import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createModuleRunner } from './javascript-module.ts'

const folder = mkdtempSync(join(tmpdir(), 'millrace-module-'))
let next = 0

function moduleOf(text: string): { format: 'module'; path: string; trusted: boolean } {
  next += 1
  const path = join(folder, `model-${next}.mjs`)
  writeFileSync(path, text)
  return { format: 'module', path, trusted: true }
}

const signature = `export const signature = {
  inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 2] }],
  outputs: [{ name: 'sum', datatype: 'FP64', shape: [-1] }, { name: 'count', datatype: 'INT64', shape: [-1, 1] }],
}
`
const x = { name: 'x', datatype: 'FP32' as const, shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) }

describe('a model that is a module', () => {
  it('computes what its predict gives, as lists or typed arrays', async () => {
    const runner = await createModuleRunner(
      moduleOf(
        `${signature}export async function predict({ x }) { return { sum: [x.data[0] + x.data[1], x.data[2] + x.data[3]], count: { shape: [2, 1], data: [[2], [2n]] } } }`,
      ),
    )
    expect(await runner.run([x])).toEqual([
      { name: 'sum', datatype: 'FP64', shape: [2], data: Float64Array.of(3, 7) },
      { name: 'count', datatype: 'INT64', shape: [2, 1], data: BigInt64Array.of(2n, 2n) },
    ])
    await runner.close()
  })
  it.each([
    ['throws', `throw new Error('not today')`, 'not today'],
    ['gives too little', `return { sum: [1, 2] }`, 'did not give "count"'],
    ['gives another length', `return { sum: [1], count: [1, 2] }`, '"sum" with 1 elements'],
    ['gives texts for numbers', `return { sum: ['a', 'b'], count: [1, 2] }`, 'a string in "sum"'],
  ])('fails one request when predict %s, and goes on', async (_what, body, sentence) => {
    const runner = await createModuleRunner(moduleOf(`${signature}export function predict() { ${body} }`))
    await expect(runner.run([x])).rejects.toThrow(sentence)
    await expect(runner.run([x])).rejects.toThrow(sentence)
    await runner.close()
  })
  it('starts again when its thread ends', async () => {
    const runner = await createModuleRunner(moduleOf(`${signature}export function predict() { process.exit(1) }`))
    await expect(runner.run([x])).rejects.toThrow('started again')
    await expect.poll(() => runner.run([x]).catch((error: Error) => error.message)).toContain('started again')
    await runner.close()
  })
  it.each([
    ['has no predict', signature, 'does not export a function "predict"'],
    ['has no signature', 'export function predict() {}', 'does not export a "signature"'],
    ['is no JavaScript', 'export const {', 'cannot be served'],
  ])('is refused with a sentence when it %s', async (_what, text, sentence) => {
    await expect(createModuleRunner(moduleOf(text))).rejects.toThrow(sentence)
  })
  it('is refused when nobody vouches for it', async () => {
    await expect(createModuleRunner({ ...moduleOf(signature), trusted: false })).rejects.toThrow('--trust-models')
  })
})
