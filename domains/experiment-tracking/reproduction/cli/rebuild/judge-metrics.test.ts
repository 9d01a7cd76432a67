import { describe, expect, it } from 'vitest'
import { judgeMetrics, parseTolerance } from './judge-metrics.ts'

const verdicts = (...given: string[]) => {
  const wanted = parseTolerance(given)
  if ('wrong' in wanted) throw new Error(wanted.wrong)
  return (
    original: Parameters<typeof judgeMetrics>[0],
    again: Parameters<typeof judgeMetrics>[1],
    ignored: string[] = [],
  ) => {
    const judged = judgeMetrics(original, again, { tolerance: wanted.tolerance, ignored })
    return Object.fromEntries(judged.map(({ key, verdict }) => [key, verdict]))
  }
}

describe('metrics of a run that was done again', () => {
  it('are the same within a tolerance that is absolute below one and relative above', () => {
    const judge = verdicts('0.01')
    expect(judge({ a: 0.5, b: 1000, c: 0.5 }, { a: 0.509, b: 1009, c: 0.52 })).toEqual({
      a: 'same',
      b: 'same',
      c: 'differs',
    })
  })
  it('have tolerances of their own where they are named', () => {
    const judge = verdicts('1e-6', 'a=b=0.1')
    expect(judge({ 'a=b': 1, c: 1 }, { 'a=b': 1.05, c: 1.05 })).toEqual({ 'a=b': 'same', c: 'differs' })
  })
  it('may be no numbers, gone, or new', () => {
    const judge = verdicts()
    const original = { nan: 'NaN' as const, up: 'Infinity' as const, gone: 1, 'system/cpu': 4 }
    const again = { nan: 'NaN' as const, up: 3, fresh: 1, 'system/cpu': 90 }
    expect(judge(original, again)).toEqual({ nan: 'same', up: 'differs', gone: 'missing', fresh: 'new' })
    expect(judge(original, again, ['up', 'gone'])).toEqual({ nan: 'same', fresh: 'new' })
  })
  it.each(['x', 'loss=', '-1', 'loss=a'])('are not judged by "%s"', (text) => {
    expect(parseTolerance([text])).toEqual({ wrong: text })
  })
})
