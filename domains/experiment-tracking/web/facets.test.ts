import { describe, expect, it } from 'vitest'
import { clauseValues, facetGroups, tellingParams, toggleValue } from './facets.ts'
import type { RunRow } from './load-experiment.ts'

const run = (more: Partial<RunRow>): RunRow => ({
  id: 'a',
  name: 'a',
  state: 'ok',
  status: 'Finished',
  metrics: {},
  points: {},
  params: {},
  data: [],
  code: null,
  author: 'Ann',
  tags: {},
  startedAtMs: 0,
  tookMs: null,
  ...more,
})

describe('a facet writes into the query', () => {
  it('adds, extends and removes its own clause and leaves the rest', () => {
    let q = 'metrics.auc > 0.7'
    q = toggleValue(q, 'params.model', 'gbm')
    expect(q).toBe("metrics.auc > 0.7 and params.model in ('gbm')")
    q = toggleValue(q, 'params.model', 'two, (words)')
    expect(clauseValues(q, 'params.model')).toEqual(['gbm', 'two, (words)'])
    q = toggleValue(toggleValue(q, 'params.model', 'gbm'), 'params.model', 'two, (words)')
    expect(q).toBe('metrics.auc > 0.7')
  })
  it('finds its clause at the beginning too', () => {
    expect(toggleValue("status in ('failed') and metrics.auc > 0.7", 'status', 'failed')).toBe('metrics.auc > 0.7')
  })
})

describe('facets', () => {
  it('are asked for parameters with few values', () => {
    const runs = [run({ params: { model: 'gbm', seed: '1' } }), run({ params: { model: 'mlp', seed: '1' } })]
    expect(tellingParams(runs)).toEqual(['model'])
  })
  it('show the server’s counts, and what the query asks for', () => {
    const counted = (field: string, ...values: readonly { value: string; runs: number }[]) => {
      return { field, runs: 3, distinct: values.length, range: null, values: [...values] }
    }
    const facets = [
      counted('status', { value: 'finished', runs: 3 }),
      counted('params.`model`', { value: 'gbm', runs: 2 }, { value: 'mlp', runs: 1 }),
      counted('user', { value: 'ann', runs: 3 }),
    ]
    expect(facetGroups(facets, "status in ('failed')")).toEqual([
      {
        title: 'Status',
        field: 'status',
        values: [
          { value: 'finished', count: 3, on: false },
          { value: 'failed', count: 0, on: true },
        ],
      },
      {
        title: 'model',
        field: 'params.`model`',
        values: [
          { value: 'gbm', count: 2, on: false },
          { value: 'mlp', count: 1, on: false },
        ],
      },
    ])
  })
})
