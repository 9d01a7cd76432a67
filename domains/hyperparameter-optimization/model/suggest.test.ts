import { createRandom } from '@millrace/statistics'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Parameters, SearchSpace } from './search-space.ts'
import { type SamplerName, suggest } from './suggest.ts'
import type { Direction, PastTrial } from './trial-history.ts'

const numberAt = (params: Parameters, name: string): number => Number(params[name])

/** Branin's function on [−5, 10] × [0, 15]: three valleys, least value 0.397887. */
function branin(params: Parameters): number {
  const [x, y] = [numberAt(params, 'x'), numberAt(params, 'y')]
  const valley = y - (5.1 / (4 * Math.PI ** 2)) * x * x + (5 / Math.PI) * x - 6
  return valley ** 2 + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x) + 10
}
const braninSpace: SearchSpace = { x: { type: 'float', low: -5, high: 10 }, y: { type: 'float', low: 0, high: 15 } }
const braninLeast = 0.39788735772973816

/** A model's tuning in small: a learning rate, a depth, a choice that shifts the best rate, a regularisation. */
function tuning(params: Parameters): number {
  const best =
    new Map([
      ['a', -2.5],
      ['b', -3],
      ['c', -1],
      ['d', -4],
    ]).get(String(params['optimizer'])) ?? 0
  const penalty =
    new Map([
      ['b', 0.15],
      ['c', 0.3],
      ['d', 0.6],
    ]).get(String(params['optimizer'])) ?? 0
  const rate = 0.25 * (Math.log10(numberAt(params, 'rate')) - best) ** 2
  const decay = 0.05 * (Math.log10(numberAt(params, 'decay')) + 4) ** 2
  return rate + 0.5 * ((numberAt(params, 'depth') - 7) / 6) ** 2 + penalty + decay
}
const tuningSpace: SearchSpace = {
  rate: { type: 'float', low: 1e-5, high: 1, log: true },
  depth: { type: 'int', low: 1, high: 12 },
  optimizer: { type: 'categorical', choices: ['a', 'b', 'c', 'd'] },
  decay: { type: 'float', low: 1e-6, high: 0.1, log: true },
}

type Study = {
  space: SearchSpace
  objective: (params: Parameters) => number
  direction?: Direction
  sampler: SamplerName
  trials: number
}

function runStudy({ space, objective, direction = 'minimize', sampler, trials }: Study, seed: number): PastTrial[] {
  const past: PastTrial[] = []
  for (let number = 0; number < trials; number += 1) {
    const params = suggest({ space, trials: past, direction, random: createRandom('branin', seed, number), sampler })
    past.push({ params, value: (direction === 'minimize' ? 1 : -1) * objective(params), state: 'complete' })
  }
  return past
}

function medianOfBest(study: Study, seeds: number): number {
  const bests = Array.from({ length: seeds }, (_, seed) => {
    return Math.min(...runStudy(study, seed).map(({ value }) => value ?? Number.POSITIVE_INFINITY))
  }).sort((left, right) => left - right)
  return ((bests[seeds / 2 - 1] ?? Number.NaN) + (bests[seeds / 2] ?? Number.NaN)) / 2
}

describe('suggesting parameters', () => {
  it('finds Branin’s valley: median regret over 30 seeds at n = 50 at most 0.15, random search about 0.77', () => {
    const study = { space: braninSpace, objective: branin, trials: 50 }
    const tpe = medianOfBest({ ...study, sampler: 'tpe' }, 30) - braninLeast
    const random = medianOfBest({ ...study, sampler: 'random' }, 30) - braninLeast
    console.info(`Branin, n = 50, median regret over 30 seeds: TPE ${tpe.toFixed(4)}, random ${random.toFixed(4)}`)
    expect(tpe).toBeLessThanOrEqual(0.15)
    expect(random).toBeGreaterThan(0.4)
  })

  it('tunes mixed parameters better than random search', () => {
    const study = { space: tuningSpace, objective: tuning, trials: 50 }
    const [tpe, random] = [
      medianOfBest({ ...study, sampler: 'tpe' }, 30),
      medianOfBest({ ...study, sampler: 'random' }, 30),
    ]
    console.info(`mixed parameters, n = 50, median over 30 seeds: TPE ${tpe.toFixed(4)}, random ${random.toFixed(4)}`)
    expect(tpe).toBeLessThanOrEqual(0.03)
    expect(random).toBeGreaterThan(2 * tpe)
  })

  it('gives the same parameters for the same seed, whichever way the objective points', () => {
    const study = { space: tuningSpace, objective: tuning, sampler: 'tpe', trials: 30 } as const
    const params = (trials: PastTrial[]): Parameters[] => trials.map((trial) => trial.params)
    expect(params(runStudy(study, 1))).toEqual(params(runStudy(study, 1)))
    expect(params(runStudy(study, 1))).not.toEqual(params(runStudy(study, 2)))
    expect(params(runStudy({ ...study, direction: 'maximize' }, 1))).toEqual(params(runStudy(study, 1)))
  })

  it('stays inside the space, on its grid and among its choices', () => {
    const space: SearchSpace = {
      real: { type: 'float', low: -1, high: 1 },
      scale: { type: 'float', low: 1e-3, high: 1e3, log: true },
      tenth: { type: 'float', low: 0, high: 1, step: 0.1 },
      even: { type: 'int', low: 2, high: 11, step: 2 },
      layers: { type: 'int', low: 1, high: 64, log: true },
      fixed: { type: 'float', low: 3, high: 3 },
      choice: { type: 'categorical', choices: [true, null, 'x', 4] },
    }
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom('tpe', 'random'), (seed, sampler) => {
        const objective = (params: Parameters): number => numberAt(params, 'real') + numberAt(params, 'layers')
        for (const { params } of runStudy({ space, objective, sampler, trials: 25 }, seed)) {
          expect(Math.abs(numberAt(params, 'real'))).toBeLessThanOrEqual(1)
          expect(numberAt(params, 'scale') >= 1e-3 && numberAt(params, 'scale') <= 1e3).toBe(true)
          expect(Math.abs(numberAt(params, 'tenth') * 10 - Math.round(numberAt(params, 'tenth') * 10))).toBeLessThan(
            1e-9,
          )
          expect([2, 4, 6, 8, 10]).toContain(params['even'])
          expect(
            Number.isInteger(params['layers']) && numberAt(params, 'layers') >= 1 && numberAt(params, 'layers') <= 64,
          ).toBe(true)
          expect(params['fixed']).toBe(3)
          expect([true, null, 'x', 4]).toContain(params['choice'])
        }
      }),
      { numRuns: 30 },
    )
  })

  it('random search reaches every value of a small space evenly', () => {
    const space: SearchSpace = { n: { type: 'int', low: 1, high: 4 } }
    const counts = new Map<unknown, number>()
    for (let number = 0; number < 4000; number += 1) {
      const { n } = suggest({
        space,
        trials: [],
        direction: 'minimize',
        random: createRandom(number),
        sampler: 'random',
      })
      counts.set(n, (counts.get(n) ?? 0) + 1)
    }
    expect(new Set(counts.keys())).toEqual(new Set([1, 2, 3, 4]))
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(120)
  })

  it('learns nothing from failed, foreign or unfinished trials, and is not thrown by them', () => {
    const good = runStudy({ space: braninSpace, objective: branin, sampler: 'tpe', trials: 20 }, 3)
    const noise: PastTrial[] = [
      { params: { x: 1, y: 1 }, value: null, state: 'failed' },
      { params: { x: 1 }, value: 2, state: 'complete' },
      { params: { x: 'many', y: 1 }, value: 2, state: 'complete' },
      { params: { x: 1, y: 1 }, value: Number.NaN, state: 'complete' },
      { params: { x: 2, y: 2 }, value: null, state: 'waiting' },
    ]
    const ask = (trials: PastTrial[]): Parameters =>
      suggest({ space: braninSpace, trials, direction: 'minimize', random: createRandom('next') })
    expect(ask([...noise, ...good])).toEqual(ask(good))
  })

  it('keeps away from where running trials already look, and orders pruned trials by how far they came', () => {
    const space: SearchSpace = { x: { type: 'float', low: 0, high: 1 } }
    const done: PastTrial[] = Array.from({ length: 20 }, (_, index) => {
      return {
        params: { x: index / 19 },
        value: (index / 19 - 0.5) ** 2,
        state: index % 4 === 0 ? 'pruned' : 'complete',
        lastStep: index,
      }
    })
    const running: PastTrial[] = Array.from({ length: 12 }, () => ({
      params: { x: 0.5 },
      value: null,
      state: 'running',
    }))
    const distance = (trials: PastTrial[]): number => {
      const suggestions = Array.from({ length: 60 }, (_, seed) => {
        return suggest({ space, trials, direction: 'minimize', random: createRandom('liar', seed) })
      })
      return suggestions.reduce((sum, params) => sum + Math.abs(numberAt(params, 'x') - 0.5), 0)
    }
    expect(distance([...done, ...running])).toBeGreaterThan(2 * distance(done))
  })
})
