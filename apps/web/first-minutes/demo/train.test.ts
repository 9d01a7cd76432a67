import { describe, expect, it } from 'vitest'
import { flowers, flowersAsCsv } from './iris.ts'
import { trainOn } from './train.ts'

describe('the demo', () => {
  it('has the flowers as published', () => {
    expect(flowers).toHaveLength(150)
    expect(flowers[0]).toEqual({ kind: 0, measures: [51, 35, 14, 2] })
    expect(flowers[149]).toEqual({ kind: 2, measures: [59, 30, 51, 18] })
    expect(flowersAsCsv().split('\n')).toHaveLength(152)
  })
  it('learns: the loss falls and most flowers are named rightly', () => {
    const { epochs, weights } = trainOn({ rate: 0.8, penalty: 0, epochs: 80 })
    expect(epochs.at(-1)?.trainLoss).toBeLessThan((epochs[0]?.trainLoss ?? 0) / 2)
    expect(epochs.at(-1)?.testAccuracy).toBeGreaterThan(0.85)
    expect(weights).toHaveLength(3)
  })
})
