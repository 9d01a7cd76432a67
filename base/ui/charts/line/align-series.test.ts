import { describe, expect, it } from 'vitest'
import { alignSeries, stackSeries } from './align-series.ts'

describe('lines on one x', () => {
  it('keeps a shared x as it is', () => {
    const x = [0, 1, 2]
    expect(
      alignSeries([
        { x, y: [1, 2, 3] },
        { x: [0, 1, 2], y: [4, null, 6] },
      ]),
    ).toEqual({
      x,
      ys: [
        [1, 2, 3],
        [4, null, 6],
      ],
    })
  })
  it('merges different steps and tells a gap from no point', () => {
    const { x, ys } = alignSeries([
      { x: [0, 10], y: [1, null] },
      { x: [5], y: [7] },
    ])
    expect(x).toEqual([0, 5, 10])
    expect(ys).toEqual([
      [1, undefined, null],
      [undefined, 7, undefined],
    ])
  })
  it('is empty without lines', () => expect(alignSeries([])).toEqual({ x: [], ys: [] }))
})

describe('stacked areas', () => {
  it('stand on one another', () => {
    expect(
      stackSeries([
        [1, 2],
        [3, null],
      ]),
    ).toEqual([
      [1, 2],
      [4, 2],
    ])
  })
})
