import { describe, expect, it } from 'vitest'
import type { RunRow } from './load-experiment.ts'
import { bestRun, metricGroup, metricKeys, paramKeys, sortRuns } from './run-table.ts'

const run = (id: string, more: Partial<RunRow> = {}): RunRow => ({
  id,
  name: id,
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
const ids = (runs: readonly RunRow[]) => runs.map((each) => each.id)

describe('the run table', () => {
  const runs = [
    run('a', { metrics: { 'val/auc': 0.7 }, params: { lr: '0.1', seed: '1' } }),
    run('b', { metrics: { 'val/auc': 0.8, loss: 1 }, params: { lr: '1e-3', seed: '1' } }),
    run('c', { params: { lr: '0.02', seed: '1' } }),
  ]
  it('puts the judged metric first and hides parameters that never differ', () => {
    expect(metricKeys(runs, 'loss')).toEqual(['loss', 'val/auc'])
    expect(paramKeys(runs)).toEqual(['lr'])
  })
  it('sorts numbers as numbers and keeps runs without a value last', () => {
    expect(ids(sortRuns(runs, { id: 'metrics.val/auc', descending: true }))).toEqual(['b', 'a', 'c'])
    expect(ids(sortRuns(runs, { id: 'metrics.val/auc', descending: false }))).toEqual(['a', 'b', 'c'])
    expect(ids(sortRuns(runs, { id: 'params.lr', descending: false }))).toEqual(['b', 'c', 'a'])
  })
  it('knows the best run in either direction', () => {
    expect(bestRun(runs, 'val/auc', true)).toBe('b')
    expect(bestRun(runs, 'val/auc', false)).toBe('a')
    expect(bestRun(runs, 'none', true)).toBeNull()
  })
  it('groups metrics by their prefix', () => {
    expect(metricGroup('val/slice/auc')).toEqual({ group: 'val/slice', name: 'auc' })
    expect(metricGroup('loss')).toEqual({ group: 'metrics', name: 'loss' })
  })
})
