import { describe, expect, it } from 'vitest'
import { bytesOfData, dataOfBytes } from './tensor-bytes.ts'

describe('raw bytes of tensors', () => {
  it('reads little-endian numbers that are not aligned', () => {
    const bytes = Buffer.concat([Buffer.of(9), Buffer.from(Float32Array.of(1.5, -2).buffer)]).subarray(1)
    expect(dataOfBytes('FP32', 2, bytes)).toEqual(Float32Array.of(1.5, -2))
  })
  it('sees a large tensor in place and copies a small part of a large buffer', () => {
    const whole = new Float64Array(1024)
    const bytes = new Uint8Array(whole.buffer)
    expect((dataOfBytes('FP64', 1024, bytes) as Float64Array).buffer).toBe(whole.buffer)
    expect((dataOfBytes('FP64', 2, bytes.subarray(0, 16)) as Float64Array).buffer).not.toBe(whole.buffer)
  })
  it('reads and writes texts with their lengths before them', () => {
    const bytes = Buffer.from('02000000c3a401000000ff', 'hex')
    const texts = dataOfBytes('BYTES', 2, bytes)
    expect(texts).toEqual(['ä', '\udcff'])
    expect(Buffer.from(bytesOfData(texts)).toString('hex')).toBe(bytes.toString('hex'))
  })
  it.each([
    ['FP32', 2, '00000000', /4 bytes, but 2 elements of FP32 take 8/],
    ['BOOL', 1, '02', /one byte, 0 or 1/],
    ['BYTES', 1, '0500000061', /element 0 is cut off/],
    ['BYTES', 2, '0100000061', /1 elements, but its shape needs 2/],
    ['BYTES', 1, '0100', /cut off/],
  ] as const)('refuses %s that does not fit', (datatype, count, hex, sentence) => {
    expect(() => dataOfBytes(datatype, count, Buffer.from(hex, 'hex'))).toThrow(sentence)
  })
})
