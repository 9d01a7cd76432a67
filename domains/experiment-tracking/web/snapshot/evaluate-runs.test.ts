import { describe, expect, it } from 'vitest'
import { encodeColumns, type Column } from '../../search/model/columns.ts'
import { evaluateRuns, type RunQuestion } from './evaluate-runs.ts'
import { readSnapshot, valueAt, withColumns } from './run-columns-form.ts'

const ids = ['a', 'b', 'c', 'd', 'e']

/** Runs as the server sends them. */
function snapshot(...columns: readonly Column[]) {
  const bytes = encodeColumns({ ids, columns }, () => ({ version: 'v' }))
  return readSnapshot(Uint8Array.from(bytes).buffer)
}

const runs = snapshot(
  { field: 'name', type: 'text', values: ['calm', 'swift', 'calm-2', 'old', 'new'] },
  { field: 'status', type: 'text', values: ['finished', 'failed', 'finished', 'running', 'finished'] },
  { field: 'metrics.`val/auc`', type: 'number', values: [0.7, 0.9, Number.NaN, undefined, 0.8] },
  { field: 'params.`rate`', type: 'text', values: ['10', '9', '9', undefined, '1e1'] },
  { field: 'started', type: 'number', values: [1, 2, 3, 4, undefined] },
  { field: 'ended', type: 'number', values: [11, 32, 23, undefined, undefined] },
)

const ask = (asked: Partial<RunQuestion>) => {
  const answer = evaluateRuns(runs, { q: '', found: null, sort: [], group: [], facets: [], nowMs: 100, ...asked })
  return { ...answer, ids: [...answer.order].map((row) => ids[row]).join('') }
}

describe('a snapshot', () => {
  it('reads what the server wrote, missing values and NaN apart', () => {
    const auc = runs.columns.get('metrics.val/auc')
    expect(ids.map((_id, row) => valueAt(auc, row))).toEqual([0.7, 0.9, Number.NaN, undefined, 0.8])
  })
  it('takes columns whose runs stand elsewhere by then', () => {
    const bytes = encodeColumns(
      { ids: ['new', 'c', 'a'], columns: [{ field: 'tags.t', type: 'text', values: ['n', 'c', 'a'] }] },
      () => ({ version: 'w' }),
    )
    const more = withColumns(runs, readSnapshot(Uint8Array.from(bytes).buffer))
    expect(ids.map((_id, row) => valueAt(more.columns.get('tags.t'), row))).toEqual([
      'a',
      undefined,
      'c',
      undefined,
      undefined,
    ])
  })
})

describe('a question to a snapshot', () => {
  it('is in the language of the search', () => {
    expect(ask({ q: 'metrics.val/auc > 0.75' }).ids).toBe('be')
    expect(ask({ q: 'not metrics.val/auc > 0.75 and status != failed' }).ids).toBe('acd')
    expect(ask({ q: 'calm' }).ids).toBe('ac')
    expect(ask({ q: 'params.rate = 10 or took >= 30' }).ids).toBe('abe')
    expect(ask({ q: 'id in (a, e)' }).ids).toBe('ae')
    expect(ask({ q: 'anything', found: new Set(['d']) }).ids).toBe('d')
  })
  it('sorts by several columns; NaN and what is missing come last in both directions', () => {
    expect(ask({ sort: [{ id: 'metrics.val/auc', descending: true }] }).ids).toBe('beacd')
    expect(ask({ sort: [{ id: 'metrics.val/auc', descending: false }] }).ids).toBe('aebcd')
    const two = [
      { id: 'status', descending: false },
      { id: 'metrics.val/auc', descending: true },
    ]
    expect(ask({ sort: two }).ids).toBe('beacd')
    expect(ask({ sort: [{ id: 'params.rate', descending: false }] }).ids).toBe('bcaed')
  })
  it('groups with mean, spread and range, and counts the values of columns', () => {
    const { groups, facets } = ask({ group: ['status'], facets: ['status'] })
    expect(groups.map(({ values, rows }) => [values[0], rows.length])).toEqual([
      ['finished', 3],
      ['failed', 1],
      ['running', 1],
    ])
    const spread = groups[0]?.spreads.get('metrics.val/auc')
    expect(spread).toMatchObject({ runs: 2, min: 0.7, max: 0.8 })
    expect([spread?.mean, spread?.std].map((each) => each?.toFixed(6))).toEqual(['0.750000', '0.070711'])
    expect(facets[0]?.values[0]).toEqual({ value: 'finished', runs: 3 })
  })
})
