import { describe, expect, it } from 'vitest'
import { bestTrial, type PastTrial, rankedTrials } from './trial-history.ts'

const trial = (name: string, state: PastTrial['state'], value: number | null, lastStep?: number): PastTrial => ({
  params: { name },
  state,
  value,
  lastStep,
})

const trials = [
  trial('pruned early', 'pruned', 0.1, 2),
  trial('middling', 'complete', 3),
  trial('failed', 'failed', 0),
  trial('best', 'complete', 1),
  trial('as good, later', 'complete', 1),
  trial('pruned late', 'pruned', 9, 7),
  trial('pruned late, no value', 'pruned', null, 7),
  trial('not a number', 'complete', Number.NaN),
  trial('running', 'running', null),
]

describe('past trials', () => {
  it('the best one is the first complete trial with the best value', () => {
    expect(bestTrial(trials, 'minimize')?.params['name']).toBe('best')
    expect(bestTrial(trials, 'maximize')?.params['name']).toBe('middling')
    expect(bestTrial([trial('running', 'running', null)], 'minimize')).toBeNull()
  })

  it('rank complete before pruned, pruned by how far they came', () => {
    expect(rankedTrials(trials, 'minimize').map(({ params }) => params['name'])).toEqual([
      'best',
      'as good, later',
      'middling',
      'pruned late',
      'pruned late, no value',
      'pruned early',
    ])
  })
})
