import type { Trial } from '@millrace/hyperparameter-optimization/contract'
import { describe, expect, it } from 'vitest'
import { historyOf } from './load-study.ts'

const trial = (number: number, value: number | null, state: Trial['state'] = 'complete') =>
  ({ number, value, state }) as Trial // the rest plays no part here

describe('the history of a study', () => {
  it('keeps the best so far and ignores trials that did not end', () => {
    const trials = [trial(1, 0.5), trial(2, null, 'failed'), trial(3, 0.7), trial(4, 0.4)]
    expect(historyOf(trials, 'minimize').best).toEqual([0.5, 0.5, 0.5, 0.4])
    expect(historyOf(trials, 'maximize').best).toEqual([0.5, 0.5, 0.7, 0.7])
  })
})
