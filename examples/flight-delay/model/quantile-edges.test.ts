import { describe, expect, it } from 'vitest'
import { quantileEdges } from './quantile-edges.ts'

describe('quantile edges', () => {
  it('cut evenly spread values into bins of equal size', () => {
    expect(
      quantileEdges(
        Float32Array.from({ length: 100 }, (_, index) => 99 - index),
        4,
      ),
    ).toEqual([25, 50, 75])
  })

  it('leave out an edge that would make an empty bin', () => {
    expect(quantileEdges(Float32Array.of(0, 0, 0, 0, 0, 0, 0, 1), 4)).toEqual([])
    expect(quantileEdges(Float32Array.of(0, 0, 0, 0, 1, 1, 1, 1), 4)).toEqual([1])
  })

  it('are float32, so that training and serving cut at the same values', () => {
    const [edge] = quantileEdges(Float32Array.of(0.1, 0.2), 2)
    expect(edge).toBe(Math.fround(0.2))
  })
})
