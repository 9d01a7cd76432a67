import { describe, expect, it } from 'vitest'
import { parseExactly, parseTolerantly } from './parse-json.ts'

describe('JSON as inference clients write it', () => {
  it('takes Python’s bare words for numbers, and leaves them alone in texts', () => {
    expect(parseTolerantly('{"NaN":[NaN,Infinity,-Infinity,"NaN, \\"Infinity\\""]}')).toEqual({
      NaN: [null, Infinity, -Infinity, 'NaN, "Infinity"'],
    })
  })
  it('keeps integers beyond 2^53 when asked to', () => {
    expect(parseExactly('[9007199254740993,1.5,NaN,1e300]')).toEqual([9_007_199_254_740_993n, 1.5, null, 1e300])
  })
  it('throws what JSON.parse throws', () => {
    expect(() => parseTolerantly('[NaN')).toThrow(SyntaxError)
  })
})
