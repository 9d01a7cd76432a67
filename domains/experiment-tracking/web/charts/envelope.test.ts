import { describe, expect, it } from 'vitest'
import { envelope } from './envelope.ts'

describe('the envelope of a curve', () => {
  it('holds every extreme that a smoothed line leaves out, and leaves gaps', () => {
    const y = Array.from({ length: 1000 }, (_, at) => (at === 500 ? 99 : at === 700 ? -99 : 0))
    const { low, high } = envelope(y)
    expect([Math.max(...high.map(Number)), Math.min(...low.map(Number))]).toEqual([99, -99])
    expect(envelope([null, null, null]).low).toEqual([null, null, null])
  })
})
