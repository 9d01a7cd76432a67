import { describe, expect, it } from 'vitest'
import { solvePositiveDefinite } from './solve-positive-definite.ts'

describe('solving a positive definite system', () => {
  it('finds the solution from the lower triangle alone', () => {
    const x = solvePositiveDefinite(Float64Array.of(4, Number.NaN, 2, 3), Float64Array.of(10, 8))
    expect(x[0]).toBeCloseTo(1.75, 12)
    expect(x[1]).toBeCloseTo(1.5, 12)
  })

  it('refuses a matrix that is not positive definite', () => {
    expect(() => solvePositiveDefinite(Float64Array.of(1, 2, 2, 1), Float64Array.of(1, 1))).toThrow(
      'not positive definite',
    )
  })
})
