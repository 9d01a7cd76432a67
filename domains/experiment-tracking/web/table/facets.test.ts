import { describe, expect, it } from 'vitest'
import { clauseValues, facetGroups, tellingParams, toggleValue } from './facets.ts'

const column = (field: string, texts: readonly string[], places: readonly number[]) =>
  [field, { field, type: 'text', texts, places: Uint32Array.from(places) }] as const

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
    const columns = new Map([column('params.model', ['gbm', 'mlp'], [0, 1]), column('params.seed', ['1'], [0, 0])])
    expect(tellingParams({ version: '', ids: ['a', 'b'], columns })).toEqual(['params.model'])
  })
  it('show the counts, and what the query asks for', () => {
    const counted = (field: string, ...values: readonly { value: string; runs: number }[]) => {
      return { field, runs: 3, distinct: values.length, range: null, values: [...values] }
    }
    const facets = [
      counted('status', { value: 'finished', runs: 3 }),
      counted('params.model', { value: 'gbm', runs: 2 }, { value: 'mlp', runs: 1 }),
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
