import { createRandom } from '@millrace/statistics'
import { describe, expect, it } from 'vitest'
import { axisOf } from './axis.ts'
import { parzenEstimator } from './parzen-estimator.ts'

describe('a Parzen estimator', () => {
  it('is a density: it integrates to one over a continuous axis', () => {
    const axis = axisOf({ type: 'float', low: -2, high: 6 })
    const estimator = parzenEstimator(
      [axis],
      [-1.9, 0.3, 0.4, 5].map((x) => Float64Array.of(x)),
      [1, 0.5, 1, 2],
    )
    let integral = 0
    for (let step = 0; step < 8000; step += 1)
      integral += Math.exp(estimator.logDensity(Float64Array.of(-2 + (step + 0.5) / 1000))) / 1000
    expect(integral).toBeCloseTo(1, 6)
  })

  it('is a distribution: over a grid and choices together it sums to one', () => {
    const axes = [
      axisOf({ type: 'int', low: 1, high: 9, log: true }),
      axisOf({ type: 'categorical', choices: ['a', 'b', 'c'] }),
    ]
    const points = [
      [1, 0],
      [7, 2],
      [8, 2],
    ].map(([n = 1, choice = 0]) => Float64Array.of(Math.log(n), choice))
    const estimator = parzenEstimator(axes, points, [1, 1, 1])
    let sum = 0
    for (let n = 1; n <= 9; n += 1) {
      for (let choice = 0; choice < 3; choice += 1)
        sum += Math.exp(estimator.logDensity(Float64Array.of(Math.log(n), choice)))
    }
    expect(sum).toBeCloseTo(1, 9)
  })

  it('draws points as often as its density says', () => {
    const axis = axisOf({ type: 'int', low: 0, high: 5 })
    const estimator = parzenEstimator([axis], [Float64Array.of(1), Float64Array.of(4)], [3, 1])
    const random = createRandom('draws')
    const counts = Array.from({ length: 6 }, () => 0)
    for (let draw = 0; draw < 20_000; draw += 1) {
      const [x = 0] = estimator.sample(random)
      counts[x] = (counts[x] ?? 0) + 1
    }
    counts.forEach((count, x) =>
      expect(count / 20_000).toBeCloseTo(Math.exp(estimator.logDensity(Float64Array.of(x))), 1),
    )
  })

  it('without observations is the prior', () => {
    const estimator = parzenEstimator([axisOf({ type: 'categorical', choices: [1, 2, 3, 4] })], [], [])
    expect(Math.exp(estimator.logDensity(Float64Array.of(2)))).toBeCloseTo(0.25, 12)
  })
})
