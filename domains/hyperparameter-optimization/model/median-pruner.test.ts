import { describe, expect, it } from 'vitest'
import { defaultMedianPruner, type Report, shouldPrune } from './median-pruner.ts'

const curve = (...values: number[]): Report[] => values.map((value, step) => ({ step, value }))
const completeTrials = [curve(5, 4, 3), curve(5, 3, 1), curve(6, 5, 4), curve(9, 8, 7), curve(4, 2, 1)]

describe('the median pruner', () => {
  it('stops a trial whose best is worse than the median at its step', () => {
    expect(shouldPrune({ reports: curve(6, 6), completeTrials, direction: 'minimize' })).toBe(true)
    expect(shouldPrune({ reports: curve(6, 3.5), completeTrials, direction: 'minimize' })).toBe(false)
    expect(shouldPrune({ reports: curve(3, 9), completeTrials, direction: 'minimize' })).toBe(false)
  })

  it('turns around when more is better', () => {
    expect(shouldPrune({ reports: curve(1, 2), completeTrials, direction: 'maximize' })).toBe(true)
    expect(shouldPrune({ reports: curve(1, 6), completeTrials, direction: 'maximize' })).toBe(false)
  })

  it('waits for enough complete trials, steps and reports', () => {
    const reports = curve(9, 9)
    expect(shouldPrune({ reports, completeTrials: completeTrials.slice(1), direction: 'minimize' })).toBe(false)
    expect(
      shouldPrune({ reports, completeTrials, direction: 'minimize' }, { ...defaultMedianPruner, warmupSteps: 2 }),
    ).toBe(false)
    expect(
      shouldPrune({ reports, completeTrials, direction: 'minimize' }, { ...defaultMedianPruner, minimumTrials: 6 }),
    ).toBe(false)
    expect(shouldPrune({ reports: [], completeTrials, direction: 'minimize' })).toBe(false)
    expect(shouldPrune({ reports: [{ step: 40, value: 9 }], completeTrials, direction: 'minimize' })).toBe(false)
  })

  it('stops a trial that reports no number', () => {
    expect(shouldPrune({ reports: curve(Number.NaN, Number.NaN), completeTrials, direction: 'minimize' })).toBe(true)
  })
})
