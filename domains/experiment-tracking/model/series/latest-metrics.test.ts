import { describe, expect, it } from 'vitest'
import { changeLatest } from './latest-metrics.ts'

const point = (value: number, step = 0, low = 0) => ({ step: { high: step, low }, at: { high: 5, low: 0 }, value })

describe('the text of a run’s latest metrics', () => {
  it('is a list of MLflow’s metrics by key, changed in place', () => {
    const first = changeLatest(
      '',
      new Map([
        ['b', point(1)],
        ['a","value":', point(Number.NaN)],
      ]),
    )
    const second = changeLatest(
      first,
      new Map([
        ['b', point(2, 2 ** 53, 1)],
        ['é\n', point(Number.NEGATIVE_INFINITY)],
      ]),
    )
    expect(second).toBe(
      [
        '{"key":"a\\",\\"value\\":","value":"NaN","timestamp":5,"step":0}',
        '{"key":"b","value":2,"timestamp":5,"step":9007199254740993}',
        '{"key":"é\\n","value":"-Infinity","timestamp":5,"step":0}',
      ].join(',\n'),
    )
    expect(
      changeLatest(
        second,
        new Map([
          ['a","value":', undefined],
          ['b', undefined],
        ]),
      ),
    ).toBe('{"key":"é\\n","value":"-Infinity","timestamp":5,"step":0}')
    expect(changeLatest('', new Map([['a', undefined]]))).toBe('')
  })
})
