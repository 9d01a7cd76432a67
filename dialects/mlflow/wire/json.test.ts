import { describe, expect, it } from 'vitest'
import { readJson, writeJson } from './json.ts'

describe('JSON as MLflow’s clients write it', () => {
  it('may hold NaN and infinities bare, but texts stay as they are', () => {
    expect(readJson('{"a": NaN, "b": -Infinity, "c": "is NaN", "d": [Infinity]}')).toEqual({
      a: 'NaN',
      b: '-Infinity',
      c: 'is NaN',
      d: ['Infinity'],
    })
  })
  it('keeps every digit of 64 bits, in and out', () => {
    const text = '{"step":9223372036854775807,"small":7,"far":-9007199254740993,"float":1.5}'
    const value = readJson(text)
    expect(value).toEqual({ step: 9223372036854775807n, small: 7, far: -9007199254740993n, float: 1.5 })
    expect(writeJson(value)).toBe(text)
  })
  it('may come twice encoded or empty', () => {
    expect(readJson(JSON.stringify('{"a":1}'))).toEqual({ a: 1 })
    expect(readJson(' ')).toEqual({})
  })
  it('is refused with a sentence when it is none', () => {
    expect(() => readJson('{a')).toThrow(/JSON/)
    expect(() => readJson(String.raw`"\u0000"`)).toThrow(/U\+0000/)
  })
})
