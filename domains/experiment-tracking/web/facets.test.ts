import { describe, expect, it } from 'vitest'
import { clauseValues, facetsOf, toggleValue } from './facets.ts'
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
  it('count what the runs differ in, most frequent first', () => {
    const facets = facetsOf(
      [
        run({ params: { model: 'gbm' } }),
        run({ params: { model: 'gbm' } }),
        run({ params: { model: 'mlp' }, status: 'Failed' }),
      ],
      "status in ('failed')",
    )
    expect(facets.map((facet) => facet.field)).toEqual(['status', 'params.model'])
    expect(facets[1]?.values).toEqual([
      { value: 'gbm', count: 2, on: false },
      { value: 'mlp', count: 1, on: false },
    ])
    expect(facets[0]?.values.find((value) => value.value === 'failed')?.on).toBe(true)
  })
})
