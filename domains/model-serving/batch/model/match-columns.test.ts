import { describe, expect, it } from 'vitest'
import type { Signature } from '../../model/tensor.ts'
import { matchColumns } from './match-columns.ts'

const none = { keep: [], features: [] }
const two: Signature = {
  inputs: [
    { name: 'hour', datatype: 'FP32', shape: [-1, 1] },
    { name: 'carrier', datatype: 'BYTES', shape: [-1, 1] },
  ],
  outputs: [],
}
const wide: Signature = { inputs: [{ name: 'X', datatype: 'FP32', shape: [-1, 3] }], outputs: [] }

describe('matching columns with a signature', () => {
  it('finds them by name, whatever their order', () => {
    const found = matchColumns(
      two,
      [
        { name: 'carrier', type: 'VARCHAR' },
        { name: 'hour', type: 'BIGINT' },
      ],
      none,
    )
    expect(found.map(({ columns }) => columns)).toEqual([['hour'], ['carrier']])
    expect(found[0]?.expressions).toEqual([`coalesce("hour"::float, 'NaN'::float)`])
  })

  it('names all that is missing and all that is of a wrong type', () => {
    expect(() => matchColumns(two, [{ name: 'hours', type: 'BIGINT' }], none)).toThrow(
      'missing are "hour", "carrier". The data has hours (BIGINT)',
    )
    const wrong = [
      { name: 'hour', type: 'VARCHAR' },
      { name: 'carrier', type: 'DATE' },
    ]
    expect(() => matchColumns(two, wrong, none)).toThrow(
      '"hour" is VARCHAR where the model takes FP32; "carrier" is DATE where the model takes BYTES',
    )
  })

  it('fills one wide input from a list, from numbered columns, from named features, or from all that is not kept', () => {
    const columns = ['a', 'b', 'c', 'id'].map((name) => ({ name, type: 'DOUBLE' }))
    expect(matchColumns(wide, [{ name: 'X', type: 'FLOAT[3]' }], none)[0]?.expressions).toHaveLength(3)
    const numbered = [0, 1, 2].map((at) => ({ name: `X.${at}`, type: 'FLOAT' }))
    expect(matchColumns(wide, numbered, none)[0]?.columns).toEqual(['X.0', 'X.1', 'X.2'])
    expect(matchColumns(wide, columns, { keep: [], features: ['c', 'b', 'a'] })[0]?.columns).toEqual(['c', 'b', 'a'])
    expect(matchColumns(wide, columns, { keep: ['id'], features: [] })[0]?.columns).toEqual(['a', 'b', 'c'])
    expect(() => matchColumns(wide, columns, none)).toThrow('"X" (3 elements per row')
  })
})
