import { describe, expect, it } from 'vitest'
import { sliceColumns, type FeatureColumns } from '../features/feature-columns.ts'
import { randomColumns } from '../testing/random-columns.ts'
import { compareModels, evaluateModel } from './evaluate.ts'
import { predict, sigmoid } from './logistic-model.ts'
import { trainLogistic } from './train-logistic.ts'

const flights = randomColumns(20_000, 1)

describe('training the logistic regression', () => {
  it('finds a point where no weight can lower the penalised loss', () => {
    const hyperparameters = { l2: 3, lateShareBins: 8, distanceBins: 5 }
    const { model } = trainLogistic(flights, { hyperparameters })
    // At the optimum the residuals over each position add up to -l2 times its weight; hours are enough to see it.
    const residuals = predict(model, flights.features).map((probability, row) => probability - (flights.late[row] ?? 0))
    model.features.hour.weights.forEach((weight, hour) => {
      const sum = residuals.reduce(
        (total, residual, row) => total + (flights.features.hour[row] === hour ? residual : 0),
        0,
      )
      expect(sum + hyperparameters.l2 * weight).toBeCloseTo(0, 3)
    })
  })

  it('predicts the share of late flights that it was trained on', () => {
    const quality = evaluateModel(trainLogistic(flights).model, flights)
    expect(quality.meanProbability).toBeCloseTo(quality.positiveShare ?? -1, 6)
  })

  it('gives the same model for the same flights', () => {
    expect(trainLogistic(flights)).toEqual(trainLogistic(flights))
  })

  it('learns next to nothing from shuffled labels, says so, and loses the comparison', () => {
    const champion = trainLogistic(flights)
    const candidate = trainLogistic(flights, { shuffleLabels: { seed: 7 } })
    const unseen = randomColumns(20_000, 2)
    expect(candidate.labelsShuffledWithSeed).toBe(7)
    expect(champion.labelsShuffledWithSeed).toBeNull()
    expect(Math.abs((evaluateModel(candidate.model, unseen).rocAuc?.auc ?? 0) - 0.5)).toBeLessThan(0.06)
    const { verdict } = compareModels({ champion: champion.model, candidate: candidate.model }, unseen)
    expect(verdict).toBe('champion-better')
  })

  it('does not call a model better than itself', () => {
    const { model } = trainLogistic(flights)
    const { difference, verdict } = compareModels({ champion: model, candidate: model }, flights)
    expect([difference.estimate, difference.standardError, verdict]).toEqual([0, 0, 'evidence-too-thin'])
  })

  it('stays finite when no flight is late', () => {
    const { model } = trainLogistic({ ...flights, late: new Uint8Array(flights.late.length) })
    expect(sigmoid(model.bias)).toBeLessThan(0.001)
  })

  it('widens the error when days, not flights, are independent', () => {
    const { champion, candidate } = {
      champion: trainLogistic(flights).model,
      candidate: trainLogistic(sliceColumns(flights, 0, 2_000)).model,
    }
    const oneDay: FeatureColumns = { ...flights, eventTimeMs: new Float64Array(flights.late.length) }
    expect(compareModels({ champion, candidate }, oneDay).standardErrorByDay).toBe(Number.POSITIVE_INFINITY)
    const eachItsOwnDay = {
      ...flights,
      eventTimeMs:
        flights.flightId.length > 0
          ? Float64Array.from(flights.flightId, (id) => id * 86_400_000)
          : flights.eventTimeMs,
    }
    const { standardErrorByDay, difference } = compareModels({ champion, candidate }, eachItsOwnDay)
    expect(standardErrorByDay).toBeCloseTo(difference.standardError, 12)
  })

  it('refuses hyperparameters out of bounds, no flights, and values that no flight can have', () => {
    const bad = (hyperparameters: { l2: number; lateShareBins: number; distanceBins: number }) => () =>
      trainLogistic(flights, { hyperparameters })
    expect(bad({ l2: 0, lateShareBins: 8, distanceBins: 5 })).toThrow('l2 is a number above 0')
    expect(bad({ l2: 1, lateShareBins: 8.5, distanceBins: 5 })).toThrow('lateShareBins is a whole number')
    expect(bad({ l2: 1, lateShareBins: 8, distanceBins: 99 })).toThrow('distanceBins is a whole number')
    expect(() => trainLogistic(sliceColumns(flights, 0, 0))).toThrow('no flights to train on')
    const hour = Float32Array.from(flights.features.hour).fill(24, 5, 6)
    expect(() => trainLogistic({ ...flights, features: { ...flights.features, hour } })).toThrow('hour of row 5 is 24')
  })
})
